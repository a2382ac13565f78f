// What is asked before something is done to a destination: deleting, disabling, the outcome of a test.
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { deleteDestination, setEnabled, testDestination, waitingQuery } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { useMay } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Failure } from '../../parts/failure';
import { Waiting } from '../../parts/loaded';
import { TestOutcome } from './test-result';

type Props = { destination: Destination; onClose: () => void; onDone: () => void };

export function DeleteDialog({ destination: { id, displayName }, onClose, onDone }: Props) {
  return (
    <FormDialog title={`Delete ${displayName}`} submit="Delete" isDanger size="small" failed="It is still there" onClose={onClose}
      onSubmit={async () => { await deleteDestination(id); onDone(); }}>
      <p>Nothing goes there any more. What was sent stays in the records. Rules that name it go on without it.</p>
      <WhatWaits id={id} />
    </FormDialog>
  );
}

export function DisableDialog({ destination: { id, displayName }, onClose, onDone }: Props) {
  return (
    <FormDialog title={`Disable ${displayName}`} submit="Disable" isDanger size="small" failed="It is still enabled" onClose={onClose}
      onSubmit={async () => { await setEnabled(id, false); onDone(); }}>
      <p>It gets nothing until it is enabled again. To keep it quiet for a while only, mute it.</p>
      <WhatWaits id={id} />
    </FormDialog>
  );
}

/** Says how many deliveries are lost by it. */
function WhatWaits({ id }: { id: string }) {
  const may = useMay();
  const waiting = useQuery({ ...waitingQuery(id), enabled: may('AlertRead') });
  if (!waiting.data) return <p>Deliveries that wait for it are cancelled.</p>;
  const { count, isMore } = waiting.data;
  if (count === 0) return <p>No delivery waits for it.</p>;
  return <p><strong>{isMore ? `More than ${count}` : count} {count === 1 ? 'delivery waits' : 'deliveries wait'}</strong> for it and will be cancelled.</p>;
}

export function TestDialog({ destination: { id, displayName }, onClose }: Omit<Props, 'onDone'>) {
  const test = useMutation({ mutationFn: () => testDestination(id) });
  const isSent = useRef(false);
  const send = test.mutate;
  // Once, and never again by itself: each is a real alert.
  useEffect(() => {
    if (!isSent.current) send();
    isSent.current = true;
  }, [send]);
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="test-title">
      <ModalHeader title={`Test alert to ${displayName}`} labelId="test-title" />
      <ModalBody tabIndex={0}>
        {test.data ? <TestOutcome result={test.data} />
          : test.isError ? <Failure title="No test alert was sent" thrown={test.error} /> : <Waiting what="the answer" />}
      </ModalBody>
      <ModalFooter><Button onClick={onClose}>Close</Button></ModalFooter>
    </Modal>
  );
}
