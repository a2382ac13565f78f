// An invitation, or a link for a forgotten password: choose a password and go on.
import { ActionGroup, Alert, Button, Form } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { linkInfo, sessionQuery, useLink } from '../api/account';
import type { Problem } from '../api/problem';
import type { LinkInfo } from '../api/types';
import { Door } from '../parts/door';
import { Failure } from '../parts/failure';
import { Field } from '../parts/field';
import { Loaded } from '../parts/loaded';
import { isTyped, NewPasswordFields, NO_PASSWORD } from '../parts/new-password';
import { useLinkToken } from '../parts/link-token';

export function WelcomePage() {
  const token = useLinkToken();
  const link = useQuery({ queryKey: ['link', token], queryFn: () => linkInfo(token), retry: false, gcTime: 0 });
  const isReset = link.data?.purpose === 'RESET';
  return (
    <Door title={isReset ? 'Choose a new password' : 'Welcome to Margay'}>
      <Loaded query={link} what="This link">
        {(info) => (info.purpose === 'SET_UP'
          ? <Alert isInline variant="warning" title="This link sets up the installation">Open it as it is written.</Alert>
          : <PasswordForm token={token} info={info} />)}
      </Loaded>
    </Door>
  );
}

function PasswordForm({ token, info }: { token: string; info: LinkInfo }) {
  const [password, setPassword] = useState(NO_PASSWORD);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isReady = isTyped(password) && !isSending;
  const submit = async () => {
    setSending(true);
    const result = await useLink(token, password.password);
    setSending(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    // Without a session: the second factor is still asked for.
    queries.setQueryData(sessionQuery.queryKey, result.value);
    void navigate({ to: result.value ? '/' : '/sign-in', replace: true });
  };
  return (
    <Form onSubmit={(event) => { event.preventDefault(); if (isReady) void submit(); }}>
      {problem && <Failure title="That did not work" thrown={problem} />}
      <Field id="email" label="E-mail address" type="email" value={info.email ?? ''} onChange={() => undefined} isReadOnly
        autoComplete="username" />
      <NewPasswordFields value={password} onChange={setPassword} />
      <ActionGroup>
        <Button type="submit" isBlock isDisabled={!isReady} isLoading={isSending}>Save the password and go on</Button>
      </ActionGroup>
    </Form>
  );
}
