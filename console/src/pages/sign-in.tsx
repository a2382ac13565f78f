// The sign-in: leads back to where somebody wanted to go.
import { Alert } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { sessionQuery, signInOptionsQuery } from '../api/account';
import type { SessionInfo } from '../api/types';
import { Door } from '../parts/door';
import { SignInForm } from '../parts/sign-in-form';

export function SignInPage() {
  const { return: wanted = '/', error } = useSearch({ from: '/sign-in' });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const session = useQuery(sessionQuery);
  const options = useQuery(signInOptionsQuery(error));
  const isSignedIn = Boolean(session.data);
  useEffect(() => {
    if (isSignedIn) void navigate({ to: wanted, replace: true });
  }, [isSignedIn, navigate, wanted]);
  const goOn = (opened: SessionInfo) => queries.setQueryData(sessionQuery.queryKey, opened);
  return (
    <Door title="Sign in">
      {options.data?.needsSetUp ? <SetUpFirst /> : <SignInForm onSignedIn={goOn} returnTo={wanted} error={error} />}
    </Door>
  );
}

function SetUpFirst() {
  return (
    <Alert isInline variant="info" title="Nobody can sign in yet">
      The server wrote a link for the first administrator into the file <code>set-up-link</code> of its data directory.
      Open that link to begin.
    </Alert>
  );
}
