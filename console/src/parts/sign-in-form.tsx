// Address, password and, when it is asked for, the code of the second factor; and the doors of identity providers.
import { ActionGroup, Alert, Button, Divider, Form } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { signIn, signInOptionsQuery } from '../api/account';
import { Problem } from '../api/problem';
import type { SessionInfo, SignInRefusal } from '../api/types';
import { Failure } from './failure';
import { Field } from './field';

type Props = {
  onSignedIn: (session: SessionInfo) => void; fixedEmail?: string; returnTo?: string | undefined;
  /** Single sign-on leaves the page; from a page that must stay it opens a tab of its own. */
  opensTab?: boolean;
  /** The word with which single sign-on came back. */
  error?: string | undefined;
};

export function SignInForm({ onSignedIn, fixedEmail, returnTo = '/', opensTab = false, error }: Props) {
  const [email, setEmail] = useState(fixedEmail ?? '');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  const options = useQuery(signInOptionsQuery(error));
  const wait = useWait(problem);

  const submit = async () => {
    setSending(true);
    const result = await signIn(email.trim(), password, code === null ? null : code.trim());
    setSending(false);
    if (result.ok) {
      onSignedIn(result.value);
      return;
    }
    const needsCode = (result.problem.body as SignInRefusal | null)?.needsCode === true;
    if (needsCode && code === null) {
      setCode('');
      setProblem(null);
    } else {
      setProblem(result.problem);
      if (code !== null) setCode('');
    }
  };

  const isReady = email !== '' && password !== '' && code !== '' && !isSending && wait === 0;
  const providers = options.data?.providers ?? [];
  return (
    <>
      {options.data?.problem && problem === null && (
        <Alert variant="danger" isInline title="Single sign-on failed" className="above" role="alert">{options.data.problem}</Alert>
      )}
      {options.data?.enforceSso && (
        <p className="above">Sign in through the identity provider. Passwords are for administrators.</p>
      )}
      <Form onSubmit={(event) => { event.preventDefault(); if (isReady) void submit(); }}>
        {problem && <Failure title={wait > 0 ? `Locked for ${clock(wait)}` : 'Signing in failed'} thrown={problem} />}
        <Field id="email" label="E-mail address" type="email" value={email} onChange={setEmail} autoComplete="username"
          isRequired isReadOnly={fixedEmail !== undefined} autoFocus={fixedEmail === undefined} />
        <Field id="password" label="Password" type="password" value={password} onChange={setPassword}
          autoComplete="current-password" isRequired autoFocus={fixedEmail !== undefined} />
        {code !== null && (
          <Field id="code" label="Code" value={code} onChange={setCode} autoComplete="one-time-code" isRequired autoFocus
            help="Six digits of your authenticator, or one of your recovery codes" maxLength={64} />
        )}
        <ActionGroup>
          <Button type="submit" isBlock isDisabled={!isReady} isLoading={isSending}>Sign in</Button>
        </ActionGroup>
      </Form>
      {providers.length > 0 && <Divider className="or" />}
      {providers.map(({ id, label, url }) => (
        <Button key={id} variant="secondary" isBlock component="a" className="provider"
          href={`${url}?return_to=${encodeURIComponent(`/console${returnTo}`)}`} {...(opensTab ? { target: '_blank' } : {})}>
          {label}
        </Button>
      ))}
    </>
  );
}

/** Seconds until the server looks at the next attempt, counted down. */
function useWait(problem: Problem | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const until = Date.now() + (problem?.retryAfter ?? 0) * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} minutes`;
}
