// Where one is signed in, and how to end that.
import { Button, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { endOwnSession, endOwnSessions, ownSessionsQuery } from '../../api/account';
import { toSignIn, useLeave } from '../../app/person-menu';
import { FormDialog } from '../../parts/dialog';
import { Failure } from '../../parts/failure';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';

export function OwnSessions() {
  const sessions = useQuery(ownSessionsQuery);
  const [isEnding, setEnding] = useState(false);
  const queries = useQueryClient();
  const leave = useLeave();
  const ending = useMutation({
    mutationFn: endOwnSession,
    onSettled: () => void queries.invalidateQueries({ queryKey: ownSessionsQuery.queryKey }),
  });
  return (
    <Loaded query={sessions} what="Your sessions">
      {({ results }) => (
        <>
          {ending.isError && <Failure title="The session could not be ended" thrown={ending.error} />}
          <Table variant="compact" aria-label="Your sessions">
            <Thead><Tr><Th>From</Th><Th>With</Th><Th>Last seen</Th><Th>Ends at the latest</Th><Th screenReaderText="What can be done" /></Tr></Thead>
            <Tbody>
              {results.map((session) => (
                <Tr key={session.id}>
                  <Td dataLabel="From">{session.address} {session.current && <Label isCompact color="green">this one</Label>}</Td>
                  <Td dataLabel="With" modifier="breakWord" className="small">{session.userAgent || 'unknown'}</Td>
                  <Td dataLabel="Last seen"><Moment at={session.lastSeenAt} isRelative /></Td>
                  <Td dataLabel="Ends at the latest"><Moment at={session.expiresAt} /></Td>
                  <Td isActionCell>
                    <Button variant="link" size="sm" isDisabled={ending.isPending}
                      aria-label={session.current ? 'Sign out here' : `End the session from ${session.address}`}
                      onClick={() => (session.current ? leave() : ending.mutate(session.id))}>
                      {session.current ? 'Sign out' : 'End'}
                    </Button>
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
          <Button variant="secondary" isDanger className="below" onClick={() => setEnding(true)}>Sign out everywhere</Button>
          {isEnding && (
            <FormDialog title="Sign out everywhere" submit="Sign out everywhere" isDanger size="small" keepsOpen
              onClose={() => setEnding(false)} onSubmit={async () => {
                await endOwnSessions();
                toSignIn();
              }}>
              <p>All {results.length} sessions end, this one too.</p>
            </FormDialog>
          )}
        </>
      )}
    </Loaded>
  );
}
