// One's own names.
import { ActionGroup, Button, Form } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { profileQuery, sessionQuery, updateProfile } from '../../api/account';
import type { Profile } from '../../api/types';
import { useSay } from '../../app/notices';
import { Failure } from '../../parts/failure';
import { Field } from '../../parts/field';

export function Names({ profile }: { profile: Profile }) {
  const [givenName, setGivenName] = useState(profile.user.givenName);
  const [familyName, setFamilyName] = useState(profile.user.familyName);
  const queries = useQueryClient();
  const say = useSay();
  const saving = useMutation({
    mutationFn: () => updateProfile({ givenName, familyName }),
    onSuccess: (saved) => {
      queries.setQueryData(profileQuery.queryKey, saved);
      queries.setQueryData(sessionQuery.queryKey, (session) => (session ? { ...session, user: saved.user } : session));
      say('Your names are saved');
    },
  });
  const isChanged = givenName !== profile.user.givenName || familyName !== profile.user.familyName;
  return (
    <Form onSubmit={(event) => { event.preventDefault(); saving.mutate(); }}>
      {saving.isError && <Failure title="Your names could not be saved" thrown={saving.error} />}
      <Field id="given-name" label="First name" value={givenName} onChange={setGivenName} isRequired autoComplete="given-name" />
      <Field id="family-name" label="Last name" value={familyName} onChange={setFamilyName} isRequired autoComplete="family-name" />
      <ActionGroup>
        <Button type="submit" variant="secondary" isDisabled={!isChanged || saving.isPending}>Save names</Button>
      </ActionGroup>
    </Form>
  );
}
