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

export function Passwords({ read: { value: signOn, revision } }: { read: Revised<SignOn> }) {
  const [isAsking, setAsking] = useState(false);
  const queries = useQueryClient();
  const say = useSay();
  const { enforceSso, enforceSsoOrigin, mayChange } = signOn;
  const put = async (change: SignOnForm, done: string) => {
    const saved = await putSignOn({ ...setHere(signOn), ...change }, revision);
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
        <Button variant="secondary" className="above" onClick={() => setAsking(true)}>
          {enforceSso ? 'Let everybody use passwords' : 'Enforce single sign-on'}
        </Button>
      )}
      <DefaultRole key={signOn.defaultRole} signOn={signOn} onPut={put} />
      {isAsking && (
        <FormDialog title={enforceSso ? 'Let everybody use passwords' : 'Enforce single sign-on'} isDanger={!enforceSso} size="small"
          submit={enforceSso ? 'Allow' : 'Enforce'} failed="Nothing was changed" onClose={() => setAsking(false)}
          onSubmit={() => put({ enforceSso: !enforceSso }, enforceSso ? 'Passwords work for everybody' : 'Single sign-on is enforced')}>
          <p>
            {enforceSso ? 'People with a password can use it again.'
              : `From then on a right password is refused, except of those who manage users. Keep one such account for the day
                 when the provider fails.`}
          </p>
        </FormDialog>
      )}
    </section>
  );
}

/** What was set here; what is not sent is left to its default. */
function setHere({ enforceSso, enforceSsoOrigin, defaultRole, defaultRoleOrigin }: SignOn): SignOnForm {
  return {
    enforceSso: enforceSsoOrigin === 'console' ? enforceSso : null,
    defaultRole: defaultRoleOrigin === 'console' ? defaultRole : null,
  };
}

type RoleProps = { signOn: SignOn; onPut: (change: SignOnForm, done: string) => Promise<void> };

function DefaultRole({ signOn: { defaultRole, defaultRoleOrigin, mayChange }, onPut }: RoleProps) {
  const may = useMay();
  const roles = useQuery({ ...rolesQuery, enabled: may('UserRead') });
  const [role, setRole] = useState(defaultRole);
  const saving = useMutation({ mutationFn: () => onPut({ defaultRole: role }, `Newcomers get the role ${role}`) });
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
      <Select id="default-role" label={label} value={role} onChange={setRole} options={names.map((name) => [name, name])} />
      {role !== defaultRole && <Button type="submit" isDisabled={saving.isPending} isLoading={saving.isPending}>Save the role</Button>}
    </Form>
  );
}
