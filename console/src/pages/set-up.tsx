// The first start: whoever has the link of the data directory becomes the first administrator.
import { ActionGroup, Alert, Button, Form } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { linkInfo, sessionQuery, setUp } from '../api/account';
import type { Problem } from '../api/problem';
import { Door } from '../parts/door';
import { Failure } from '../parts/failure';
import { Field } from '../parts/field';
import { Loaded } from '../parts/loaded';
import { isTyped, NewPasswordFields, NO_PASSWORD } from '../parts/new-password';
import { useLinkToken } from '../parts/link-token';

export function SetUpPage() {
  const token = useLinkToken();
  const link = useQuery({ queryKey: ['link', token], queryFn: () => linkInfo(token), retry: false, gcTime: 0 });
  return (
    <Door title="Set up Margay">
      <Loaded query={link} what="This link">
        {({ purpose }) => (purpose === 'SET_UP' ? <SetUpForm token={token} />
          : <Alert isInline variant="warning" title="This link is for somebody who was invited">Open it as you got it.</Alert>)}
      </Loaded>
    </Door>
  );
}

function SetUpForm({ token }: { token: string }) {
  const [form, setForm] = useState({ email: '', givenName: '', familyName: '' });
  const [password, setPassword] = useState(NO_PASSWORD);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isReady = Object.values(form).every((text) => text.trim() !== '') && isTyped(password) && !isSending;
  const submit = async () => {
    setSending(true);
    const result = await setUp({ token, ...form, password: password.password });
    setSending(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    queries.setQueryData(sessionQuery.queryKey, result.value);
    void queries.invalidateQueries({ queryKey: ['sign-in-options'] });
    void navigate({ to: '/', replace: true });
  };
  return (
    <Form onSubmit={(event) => { event.preventDefault(); if (isReady) void submit(); }}>
      <p>You become the first administrator of this installation.</p>
      {problem && <Failure title="That did not work" thrown={problem} />}
      <Field id="email" label="E-mail address" type="email" value={form.email} isRequired autoComplete="username" autoFocus
        onChange={(email) => setForm({ ...form, email })} />
      <Field id="given-name" label="First name" value={form.givenName} isRequired autoComplete="given-name"
        onChange={(givenName) => setForm({ ...form, givenName })} />
      <Field id="family-name" label="Last name" value={form.familyName} isRequired autoComplete="family-name"
        onChange={(familyName) => setForm({ ...form, familyName })} />
      <NewPasswordFields value={password} onChange={setPassword} />
      <ActionGroup><Button type="submit" isBlock isDisabled={!isReady} isLoading={isSending}>Begin</Button></ActionGroup>
    </Form>
  );
}
