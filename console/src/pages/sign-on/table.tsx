// The identity providers, what people are known by there, and whether they work.
import { Button, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { deleteProvider, providersQuery, type IdentityProvider } from '../../api/settings';
import { useSay } from '../../app/notices';
import { FormDialog } from '../../parts/dialog';
import { sentence } from '../../parts/failure';

type Props = { providers: IdentityProvider[]; mayChange: boolean };

export function ProviderTable({ providers, mayChange }: Props) {
  const [deleting, setDeleting] = useState<IdentityProvider | null>(null);
  const queries = useQueryClient();
  const say = useSay();
  return (
    <>
      <Table variant="compact" aria-label="Identity providers">
        <Thead>
          <Tr>
            <Th>Name</Th><Th>Protocol</Th><Th>Known as</Th><Th>State</Th>{mayChange && <Th screenReaderText="What can be done" />}
          </Tr>
        </Thead>
        <Tbody>
          {providers.map((provider) => (
            <Tr key={`${provider.id} ${provider.provisioned}`}>
              <Td dataLabel="Name" modifier="breakWord">
                <Link to="/settings/sign-on/providers/$id" params={{ id: provider.id }}>{provider.label}</Link>
              </Td>
              <Td dataLabel="Protocol">{provider.kind === 'SAML' ? 'SAML 2.0' : 'OpenID Connect'}</Td>
              <Td dataLabel="Known as" modifier="breakWord">{provider.issuer ?? 'not yet known'}</Td>
              <Td dataLabel="State" modifier="breakWord"><State provider={provider} /></Td>
              {mayChange && (
                <Td isActionCell>
                  {!provider.provisioned && (
                    <Button variant="link" isDanger onClick={() => setDeleting(provider)} aria-label={`Delete ${provider.label}`}>
                      Delete
                    </Button>
                  )}
                </Td>
              )}
            </Tr>
          ))}
        </Tbody>
      </Table>
      {deleting && (
        <FormDialog title={`Delete ${deleting.label}`} submit="Delete" isDanger size="small" failed="It is still there"
          onClose={() => setDeleting(null)}
          onSubmit={async () => {
            await deleteProvider(deleting.id);
            say(`Deleted: ${deleting.label}`);
            await queries.invalidateQueries({ queryKey: providersQuery.queryKey });
          }}>
          <p>People cannot sign in through it any more. Their accounts stay, and sessions go on until they end.</p>
        </FormDialog>
      )}
    </>
  );
}

function State({ provider: { problem, warnings, provisioned } }: { provider: IdentityProvider }) {
  return (
    <>
      {problem ? <Label isCompact color="red">Not used</Label> : <Label isCompact color="green">On the sign-in page</Label>}
      {provisioned && <>{' '}<Label isCompact color="grey">From the file</Label></>}
      {[...(problem ? [problem] : []), ...warnings].map((text) => <div key={text} className="small">{sentence(text)}</div>)}
    </>
  );
}
