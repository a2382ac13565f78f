// A dialog with a form: it closes when the server took what was typed, and keeps everything when it did not. Closed
// by the way, with Escape say, it asks first when something was typed.
import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useId, useRef, type ReactNode } from 'react';
import { Failure } from './failure';

type Props = {
  title: string; submit: string; onSubmit: () => Promise<unknown>; onClose: () => void; children: ReactNode;
  isReady?: boolean; isDanger?: boolean; size?: 'small' | 'medium' | 'large'; failed?: string; keepsOpen?: boolean;
  /** What is typed is there again when the dialog is opened again. */
  keepsTyped?: boolean;
};

export function FormDialog(props: Props) {
  const { title, submit, onSubmit, onClose, children, isReady = true, isDanger = false, size = 'medium' } = props;
  const id = useId();
  const isTouched = useRef(false);
  const closeByTheWay = () => {
    if (props.keepsTyped || !isTouched.current || window.confirm('Close without sending what you changed?')) onClose();
  };
  const sending = useMutation({ mutationFn: onSubmit, onSuccess: props.keepsOpen ? () => undefined : onClose });
  return (
    <Modal isOpen variant={size} onClose={closeByTheWay} aria-labelledby={`${id}-title`}>
      <ModalHeader title={title} labelId={`${id}-title`} />
      <ModalBody tabIndex={0}>
        <Form id={`${id}-form`} onChange={() => { isTouched.current = true; }} onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !sending.isPending) sending.mutate();
        }}>
          {sending.isError && <Failure title={props.failed ?? 'That did not work'} thrown={sending.error} />}
          {children}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={`${id}-form`} variant={isDanger ? 'danger' : 'primary'}
          isDisabled={!isReady || sending.isPending} isLoading={sending.isPending}>
          {submit}
        </Button>
        <Button variant="link" onClick={onClose}>Cancel</Button>
      </ModalFooter>
    </Modal>
  );
}

/** Something that is shown once and has to be taken along, before the dialog is closed. */
export function ShownOnce({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const id = useId();
  return (
    <Modal isOpen variant="medium" aria-labelledby={`${id}-title`}>
      <ModalHeader title={title} labelId={`${id}-title`} />
      <ModalBody tabIndex={0}>{children}</ModalBody>
      <ModalFooter><Button onClick={onClose}>Done</Button></ModalFooter>
    </Modal>
  );
}
