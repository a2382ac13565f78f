// The tokens that there are, and what can be done about each.
import { Label, Spinner } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ApiToken, Permission } from '../../api/types';
import { useSession } from '../../app/session';
import { Moment } from '../../parts/moment';
import { RowActions } from '../../parts/row-actions';

type Props = {
  tokens: ApiToken[]; mayManage: boolean;
  /** The id of the one that is being read. */
  loading: string | null;
  onOpen: (what: 'change' | 'rotate' | 'delete', token: ApiToken) => void;
};

/** All tokens, one a row. */
export function TokenTable({ tokens, mayManage, loading, onOpen }: Props) {
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
            <Td dataLabel="Name" modifier="breakWord">
              {token.name}{loading === token.id && <> <Spinner isInline aria-label={`Loading: ${token.name}`} /></>}
            </Td>
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
