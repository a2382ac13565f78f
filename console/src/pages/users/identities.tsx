// Who a person is to identity providers: what is connected, and one more.
import { Button } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { connectIdentity, disconnectIdentity, identitiesQuery, type UserIdentityList } from '../../api/settings';
import type { User } from '../../api/types';
import { useSay } from '../../app/notices';
import { FormDialog } from '../../parts/dialog';
import { Failure } from '../../parts/failure';
import { Field } from '../../parts/field';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { Select } from '../../parts/select';

const OTHER = '';

export function Identities({ user, onClose }: { user: User; onClose: () => void }) {
  const identities = useQuery(identitiesQuery(user.id));
  const [chosen, setChosen] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const [subject, setSubject] = useState('');
  const queries = useQueryClient();
  const say = useSay();
  const providers = identities.data?.providers ?? [];
  const known = chosen ?? providers[0]?.issuer ?? OTHER;
  const issuer = known === OTHER ? typed.trim() : known;
  return (
    <FormDialog title={`Identities of ${user.email}`} submit="Connect" failed="Nothing was connected" onClose={onClose}
      isReady={issuer !== '' && subject.trim() !== ''}
      onSubmit={async () => {
        await connectIdentity(user.id, issuer, subject.trim());
        await queries.invalidateQueries({ queryKey: identitiesQuery(user.id).queryKey });
        say(`Connected: ${user.email}`);
      }}>
      <p>
        Whoever the provider vouches for under this name signs in as this person. The audit log and the server's log name it when
        somebody is refused because the address has an account already.
      </p>
      <Loaded query={identities} what="Identities">{(list) => <Connected user={user} list={list} />}</Loaded>
      {identities.data && (
        <>
          <Select id="identity-provider" label="Provider" value={known} onChange={setChosen}
            options={[...providers.map(({ label, issuer: name }) => [name, `${label} (${name})`] as const), [OTHER, 'Another one'] as const]} />
          {known === OTHER && (
            <Field id="identity-issuer" label="Issuer or entity id" value={typed} onChange={setTyped} isRequired maxLength={255} />
          )}
          <Field id="identity-subject" label="Name of the person there" value={subject} onChange={setSubject} isRequired maxLength={255}
            help="The subject (sub) of OpenID Connect, or the NameID of SAML" />
        </>
      )}
    </FormDialog>
  );
}

function Connected({ user, list: { results } }: { user: User; list: UserIdentityList }) {
  const queries = useQueryClient();
  const removing = useMutation({
    mutationFn: ({ issuer, subject }: { issuer: string; subject: string }) => disconnectIdentity(user.id, issuer, subject),
    onSuccess: () => queries.invalidateQueries({ queryKey: identitiesQuery(user.id).queryKey }),
  });
  if (results.length === 0) return <p className="subtle">None is connected.</p>;
  return (
    <>
      {removing.isError && <Failure title="It is still connected" thrown={removing.error} />}
      <ul className="plain-list">
        {results.map(({ issuer, subject, lastUsedAt }) => (
          <li key={`${issuer} ${subject}`} className="breakable">
            {subject} at {issuer}, last used <Moment at={lastUsedAt} isRelative />{' '}
            <Button variant="link" isInline isDanger isDisabled={removing.isPending} aria-label={`Disconnect ${subject} at ${issuer}`}
              onClick={() => removing.mutate({ issuer, subject })}>Disconnect</Button>
          </li>
        ))}
      </ul>
    </>
  );
}
