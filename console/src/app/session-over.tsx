// The session ended while a page is open: sign in on top of it, and nothing that was typed is lost.
import { Modal, ModalBody, ModalHeader } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { sessionQuery } from '../api/account';
import { call } from '../api/client';
import { takeSession } from '../api/owner';
import type { SessionInfo } from '../api/types';
import { SignInForm } from '../parts/sign-in-form';
import { useTopmost } from './topmost';

type Props = { email: string; onGoOn: () => void };

export function SessionOver({ email, onGoOn }: Props) {
  const queries = useQueryClient();
  const goOn = (session: SessionInfo) => {
    // Somebody else must not go on in what this person had open.
    if (!takeSession(session)) return;
    queries.setQueryData(sessionQuery.queryKey, session);
    onGoOn();
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  };
  useEffect(() => {
    // Signed in again in another tab, by an identity provider for example.
    const look = () => void call<SessionInfo>('GET', '/internal/session').then((result) => {
      if (result.ok) goOn(result.value);
    });
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  });
  useTopmost('session-over-title');
  return (
    <Modal isOpen variant="small" aria-labelledby="session-over-title">
      <ModalHeader title="Your session is over" labelId="session-over-title"
        description="Sign in again to go on where you were. What you typed is still there." />
      <ModalBody><SignInForm onSignedIn={goOn} fixedEmail={email} opensTab /></ModalBody>
    </Modal>
  );
}
