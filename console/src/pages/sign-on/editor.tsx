// The form of an identity provider: filled in, tested, saved; beside it what is done at the provider.
import { ActionGroup, Button, Form } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { rolesQuery } from '../../api/people';
import {
  createProvider, providersQuery, testProvider, updateProvider, type IdentityProvider, type ProviderAddresses,
} from '../../api/settings';
import { useSay } from '../../app/notices';
import type { Protocol, Vendor } from '../../app/searches-settings';
import { useMay } from '../../app/session';
import { Failure } from '../../parts/failure';
import { Field } from '../../parts/field';
import { draftOf, EMPTY, formOf, idOf, scopesOf, type Draft } from './draft';
import { OidcFields, SamlFields } from './fields';
import { Guide } from './guide';
import { RoleMap } from './role-map';
import { TestResult } from './test-result';

type Props = {
  kind: Protocol; vendor: Vendor; addresses: ProviderAddresses; provider: IdentityProvider | null; revision: string | null;
  isReadOnly: boolean;
};

export function Editor({ kind, vendor, addresses, provider, revision, isReadOnly }: Props) {
  const [start] = useState<Draft>(() => (provider ? draftOf(provider) : { ...EMPTY, scopes: scopesOf(vendor) }));
  const [draft, setDraft] = useState(start);
  const [isIdTyped, setIdTyped] = useState(provider !== null);
  const [scopesFor, setScopesFor] = useState(vendor);
  const isLeaving = useRef(false);
  const may = useMay();
  const roles = useQuery({ ...rolesQuery, enabled: may('UserRead') });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  if (!provider && scopesFor !== vendor) {
    // Another vendor's usual scopes, as long as nobody wrote others.
    setScopesFor(vendor);
    if (draft.scopes === scopesOf(scopesFor)) setDraft({ ...draft, scopes: scopesOf(vendor) });
  }
  const change = (next: Partial<Draft>) => setDraft((old) => ({ ...old, ...next }));
  const isChanged = JSON.stringify(draft) !== JSON.stringify({ ...start, scopes: provider ? start.scopes : scopesOf(vendor) });
  const isReady = draft.id !== '' && draft.label.trim() !== '' && (kind === 'oidc' ? draft.issuer.trim() !== '' && draft.clientId.trim() !== ''
    : (draft.source === 'url' ? draft.metadataUrl : draft.metadata).trim() !== '');
  useBlocker({
    shouldBlockFn: () => isChanged && !isLeaving.current && !window.confirm('Leave without saving what you changed?'),
    enableBeforeUnload: () => isChanged && !isLeaving.current,
  });
  const form = formOf(kind, draft);
  const testing = useMutation({ mutationFn: () => testProvider(form) });
  const saving = useMutation({
    mutationFn: () => (provider ? updateProvider(provider.id, form, revision) : createProvider(form)),
    onSuccess: async (saved) => {
      isLeaving.current = true;
      say(`${saved.label} is on the sign-in page`);
      await queries.invalidateQueries({ queryKey: providersQuery.queryKey });
      await navigate({ to: '/settings/sign-on' });
    },
    // The list may be older than what the server refused this for; what this was made from stays.
    onError: () => queries.invalidateQueries({ queryKey: providersQuery.queryKey, exact: true }),
  });
  const fields = { draft, onChange: change, isReadOnly };
  return (
    <div className="form-and-guide">
      <Form onSubmit={(event) => { event.preventDefault(); saving.mutate(); }}>
        {saving.isError && <Failure title="The provider was not saved" thrown={saving.error} />}
        <Field id="provider-label" label="Name on the button" value={draft.label} isRequired isReadOnly={isReadOnly} maxLength={100}
          onChange={(label) => change(isIdTyped ? { label } : { label, id: idOf(label) })} />
        <Field id="provider-id" label="Id" value={draft.id} isRequired isReadOnly={isReadOnly || provider !== null} maxLength={63}
          help="Part of the addresses here; small letters, digits, - and _. It stays as it is"
          onChange={(id) => { setIdTyped(true); change({ id }); }} />
        {kind === 'oidc' ? <OidcFields {...fields} hasSecret={Boolean(provider?.oidc?.clientSecret)} /> : <SamlFields {...fields} />}
        <RoleMap map={draft.roleMap} isReadOnly={isReadOnly} onChange={(roleMap) => change({ roleMap })}
          roles={roles.data?.results.map(({ name }) => name) ?? []} />
        <Field id="provider-domains" label="Domains of mail addresses" value={draft.emailDomains} isReadOnly={isReadOnly}
          onChange={(emailDomains) => change({ emailDomains })} help="Who has another address is refused; empty lets all in" />
        {testing.isError && <Failure title="Nothing was tested" thrown={testing.error} />}
        {testing.data && <TestResult result={testing.data} />}
        {!isReadOnly && (
          <ActionGroup>
            <Button type="submit" isDisabled={!isReady || saving.isPending || (provider !== null && !isChanged)} isLoading={saving.isPending}>
              Save
            </Button>
            <Button variant="secondary" isDisabled={!isReady || testing.isPending} isLoading={testing.isPending} onClick={() => testing.mutate()}>
              Test
            </Button>
            <Button variant="link" onClick={() => void navigate({ to: '/settings/sign-on' })}>Cancel</Button>
          </ActionGroup>
        )}
      </Form>
      <Guide kind={kind} vendor={vendor} addresses={addresses} id={draft.id} />
    </div>
  );
}
