// Somebody else signed in in this browser while a page is open: nothing is done in the other name, nothing typed is lost.
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useState } from 'react';
import type { Other } from '../api/owner';
import { useTopmost } from './topmost';

export function OtherPerson({ other, email }: { other: Other; email: string }) {
  // Put away to look at what is below, until something is to be sent from there.
  const [seen, setSeen] = useState<Other | null>(null);
  if (seen === other) return null;
  return <Said other={other} email={email} onClose={() => setSeen(other)} />;
}

function Said({ other, email, onClose }: { other: Other; email: string; onClose: () => void }) {
  useTopmost('other-person-title');
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="other-person-title">
      <ModalHeader title="Somebody else is signed in in this browser now" labelId="other-person-title" />
      <ModalBody>
        <p className="above">
          This page is of <strong className="breakable">{email}</strong>; meanwhile <strong className="breakable">{other.email}</strong> signed in.
          Nothing is sent from here any more, so that nothing is done in the other name.
        </p>
        <p>What you typed is still there. Copy what you need, then load the page again; or sign in as {email} in another tab and come back.</p>
      </ModalBody>
      <ModalFooter>
        <Button onClick={() => window.location.reload()}>Load the page again</Button>
        <Button variant="link" onClick={onClose}>Look at what is here</Button>
      </ModalFooter>
    </Modal>
  );
}
