// The keys of the pages of alerts, and a list of what all keys do.
import { Button, Modal, ModalBody, ModalFooter, ModalHeader, Title } from '@patternfly/react-core';
import { useState } from 'react';
import { KeyName, keysNow, useKeys } from '../../parts/keys';

export { useKeys };

/** Says that there are keys; `?` tells them. */
export function KeyHint() {
  const [isOpen, setOpen] = useState(false);
  useKeys({ '?': { does: 'shows these keys', act: () => setOpen(true) } });
  return (
    <>
      <p className="keys subtle small"><Button variant="link" isInline size="sm" onClick={() => setOpen(true)}>Keys</Button>: <kbd>?</kbd> shows them</p>
      {isOpen && <KeyHelp onClose={() => setOpen(false)} />}
    </>
  );
}

function KeyHelp({ onClose }: { onClose: () => void }) {
  const [groups] = useState(keysNow);
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="keys-title">
      <ModalHeader title="Keys" labelId="keys-title" description="They work as long as no field is typed into." />
      <ModalBody tabIndex={0}>
        {groups.map(({ title, keys }) => (
          <section key={title}>
            <Title headingLevel="h2" size="md">{title}</Title>
            <dl className="keys key-list">
              {keys.map(({ name, does }) => <div key={name}><dt><KeyName name={name} /></dt><dd>{does}</dd></div>)}
            </dl>
          </section>
        ))}
      </ModalBody>
      <ModalFooter><Button onClick={onClose}>Close</Button></ModalFooter>
    </Modal>
  );
}
