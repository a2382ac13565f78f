// Whether passwords still count beside providers, and the role of people whose groups give none.
import { Button, Form, Title } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Revised } from '../../api/client';
import { rolesQuery } from '../../api/people';
import { putSignOn, signOnQuery, type SignOn, type SignOnForm } from '../../api/settings';
import { useSay } from '../../app/notices';
import { useMay } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Failure } from '../../parts/failure';
import { Field } from '../../parts/field';
import { Select } from '../../parts/select';

type Read = Revised<SignOn>;

export function Passwords({ read }: { read: Read }) {
  const signOn = read.value;
  /** What the question was asked about. */
  const [asked, setAsked] = useState<Read | null>(null);
  const queries = useQueryClient();
  const say = useSay();
  const { enforceSso, enforceSsoOrigin, mayChange } = signOn;
  const put: Put = async (from, change, done) => {
    const saved = await putSignOn({ ...setHere(from.value), ...change }, from.revision);
    queries.setQueryData(signOnQuery.queryKey, saved);
    say(done);
  };
  return (
    <section>
      <Title headingLevel="h2" size="lg" className="section-title">Passwords and newcomers</Title>
      <p className="above">
        {enforceSso ? 'Passwords work only for those who manage users; everybody else signs in through a provider.'
          : 'Passwords work beside the providers.'}{' '}
        {enforceSsoOrigin === 'file' && 'The configuration file says so (sign_in.enforce_sso); change it there.'}
      </p>
      {mayChange && enforceSsoOrigin !== 'file' && (
        <Button variant="secondary" className="above" onClick={() => setAsked(read)}>
          {enforceSso ? 'Let everybody use passwords' : 'Enforce single sign-on'}
        </Button>
      )}
      <DefaultRole read={read} onPut={put} />
      {asked && <Enforce read={asked} onPut={put} onClose={() => setAsked(null)} />}
    </section>
  );
}

type Put = (from: Read, change: SignOnForm, done: string) => Promise<void>;

function Enforce({ read, onPut, onClose }: { read: Read; onPut: Put; onClose: () => void }) {
  const { enforceSso } = read.value;
  return (
    <FormDialog title={enforceSso ? 'Let everybody use passwords' : 'Enforce single sign-on'} isDanger={!enforceSso} size="small"
      submit={enforceSso ? 'Allow' : 'Enforce'} failed="Nothing was changed" onClose={onClose}
      onSubmit={() => onPut(read, { enforceSso: !enforceSso }, enforceSso ? 'Passwords work for everybody' : 'Single sign-on is enforced')}>
      <p>
        {enforceSso ? 'People with a password can use it again.'
          : `From then on a right password is refused, except of those who manage users. Keep one such account for the day
             when the provider fails.`}
      </p>
    </FormDialog>
  );
}

/** What was set here; what is not sent is left to its default. */
function setHere({ enforceSso, enforceSsoOrigin, defaultRole, defaultRoleOrigin }: SignOn): SignOnForm {
  return {
    enforceSso: enforceSsoOrigin === 'console' ? enforceSso : null,
    defaultRole: defaultRoleOrigin === 'console' ? defaultRole : null,
  };
}

function DefaultRole({ read, onPut }: { read: Read; onPut: Put }) {
  const { defaultRole, defaultRoleOrigin, mayChange } = read.value;
  const may = useMay();
  const roles = useQuery({ ...rolesQuery, enabled: may('UserRead') });
  /** What was chosen, and what it was chosen in the place of. */
  const [chosen, setChosen] = useState<{ role: string; from: Read } | null>(null);
  const role = chosen?.role ?? defaultRole;
  const saving = useMutation({
    mutationFn: () => onPut(chosen?.from ?? read, { defaultRole: role }, `Newcomers get the role ${role}`),
    onSuccess: () => setChosen(null),
  });
  const label = 'Role of people whose groups give none';
  if (!mayChange || defaultRoleOrigin === 'file') {
    return (
      <Form className="narrow">
        <Field id="default-role" label={label} value={defaultRole} onChange={() => undefined} isReadOnly
          help={defaultRoleOrigin === 'file' ? 'The configuration file sets it as sign_in.default_role; change it there' : undefined} />
      </Form>
    );
  }
  const names = [...new Set([...(roles.data?.results.map(({ name }) => name) ?? []), role])];
  return (
    <Form className="narrow" onSubmit={(event) => { event.preventDefault(); saving.mutate(); }}>
      {saving.isError && <Failure title="The role was not changed" thrown={saving.error} />}
      <Select id="default-role" label={label} value={role} onChange={(next) => setChosen({ role: next, from: chosen?.from ?? read })} options={names.map((name) => [name, name])} />
      {chosen && role !== chosen.from.value.defaultRole && <Button type="submit" isDisabled={saving.isPending} isLoading={saving.isPending}>Save the role</Button>}
    </Form>
  );
}
