// Settings, API tokens: what programs call with.
import { Button, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Revised } from '../../api/client';
import { deleteToken, readToken, rotateToken, tokensQuery } from '../../api/people';
import type { ApiToken, Permission } from '../../api/types';
import { useSay } from '../../app/notices';
import { useMay, useSession } from '../../app/session';
import { FormDialog } from '../../parts/dialog';
import { Failure } from '../../parts/failure';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';
import { PageFrame } from '../../parts/page';
import { RowActions } from '../../parts/row-actions';
import { TokenForm } from './form';
import { TokenShown } from './shown';

type Open = { what: 'make' } | { what: 'change'; read: Revised<ApiToken> } | { what: 'rotate' | 'delete' | 'shown'; token: ApiToken };

export function TokensPage() {
  const tokens = useQuery(tokensQuery);
  const queries = useQueryClient();
  const may = useMay();
  const say = useSay();
  const [open, setOpen] = useState<Open | null>(null);
  const mayManage = may('OrganizationAPITokenModify');
  const close = () => {
    setOpen(null);
    void queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
  };
  // A list may be old: a change is made from what the token is when it is begun.
  const reading = useMutation({ mutationFn: readToken, onSuccess: (read) => setOpen({ what: 'change', read }) });
  const begin = (what: 'change' | 'rotate' | 'delete', token: ApiToken) => {
    if (what === 'change') reading.mutate(token.id);
    else setOpen({ what, token });
  };
  const make = mayManage && <Button onClick={() => setOpen({ what: 'make' })}>Make a token</Button>;
  return (
    <PageFrame title="API tokens" about="Programs send one as X-API-Key. Its value is shown once, when it is made." actions={make}>
      {reading.isError && <Failure title="The token could not be loaded" thrown={reading.error} />}
      <Loaded query={tokens} what="API tokens">
        {({ results }) => (results.length === 0
          ? <Nothing title="No API tokens yet">A token lets a program call the API, for example to upload detections from a pipeline.</Nothing>
          : <TokenTable tokens={results} mayManage={mayManage} onOpen={begin} />)}
      </Loaded>
      {open?.what === 'make' && <TokenForm read={null} onClose={close} onMade={(token) => setOpen({ what: 'shown', token })} />}
      {open?.what === 'change' && <TokenForm read={open.read} onClose={close} onMade={close} />}
      {open?.what === 'shown' && <TokenShown token={open.token} onClose={close} />}
      {open?.what === 'rotate' && (
        <FormDialog title={`Rotate ${open.token.name}`} submit="Rotate" isDanger size="small" keepsOpen onClose={close}
          onSubmit={async () => setOpen({ what: 'shown', token: await rotateToken(open.token.id) })}>
          <p>It gets a new value, and the old one is refused from now on.</p>
        </FormDialog>
      )}
      {open?.what === 'delete' && (
        <FormDialog title={`Delete ${open.token.name}`} submit="Delete" isDanger size="small" onClose={close}
          onSubmit={async () => { await deleteToken(open.token.id); say(`Deleted: ${open.token.name}`); }}>
          <p>Programs that use it are refused from now on.</p>
        </FormDialog>
      )}
    </PageFrame>
  );
}

type TableProps = { tokens: ApiToken[]; mayManage: boolean; onOpen: (what: 'change' | 'rotate' | 'delete', token: ApiToken) => void };

function TokenTable({ tokens, mayManage, onOpen }: TableProps) {
  const { permissions } = useSession();
  const isOwn = (wanted: Permission[]) => wanted.every((permission) => permissions.includes(permission));
  return (
    <Table variant="compact" aria-label="API tokens">
      <Thead>
        <Tr>
          <Th>Name</Th><Th>Permits</Th><Th>From</Th><Th>Made</Th><Th>Last used</Th><Th>Expires</Th>
          {mayManage && <Th screenReaderText="What can be done" />}
        </Tr>
      </Thead>
      <Tbody>
        {tokens.map((token) => (
          <Tr key={token.id}>
            <Td dataLabel="Name" modifier="breakWord">{token.name}</Td>
            <Td dataLabel="Permits">{token.role ? <>role {token.role}</> : `${token.permissions.length} permissions`}</Td>
            <Td dataLabel="From" modifier="breakWord">{token.allowedCIDRBlocks.join(', ') || 'anywhere'}</Td>
            <Td dataLabel="Made"><Moment at={token.createdAt} isRelative /></Td>
            <Td dataLabel="Last used"><Moment at={token.lastUsedAt} isRelative /></Td>
            <Td dataLabel="Expires"><Expiry at={token.expiresAt} /></Td>
            {mayManage && (
              <Td isActionCell>
                <RowActions of={token.name}
                  items={[
                    // Nobody changes or rotates one that may do more than he may.
                    ...(isOwn(token.permissions) ? [
                      ...(token.role ? [] : [{ title: 'Change', onClick: () => onOpen('change', token) }]),
                      { title: 'Rotate', onClick: () => onOpen('rotate', token) },
                    ] : []),
                    { title: 'Delete', onClick: () => onOpen('delete', token) },
                  ]} />
              </Td>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function Expiry({ at }: { at: string | null | undefined }) {
  if (at && new Date(at).getTime() < Date.now()) return <Label isCompact color="red">expired</Label>;
  return <Moment at={at} isRelative />;
}
