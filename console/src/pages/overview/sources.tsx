// Which log sources are well, and when something came last.
import { Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { sourcesQuery, type Source } from '../../api/sources';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';

export function Sources() {
  const sources = useQuery({ ...sourcesQuery, refetchInterval: 30_000 });
  return (
    <Loaded query={sources} what="Log sources">
      {(found) => (found.length === 0
        ? <Nothing title="No log source yet">Nothing comes in. Declare one in the configuration file, or make one with the API.</Nothing>
        : (
          <Table variant="compact" aria-label="Log sources">
            <Thead><Tr><Th>Source</Th><Th>State</Th><Th>Last event</Th></Tr></Thead>
            <Tbody>{[...found].sort(worstFirst).map((source) => <Row key={source.integrationId} source={source} />)}</Tbody>
          </Table>
        ))}
    </Loaded>
  );
}

function Row({ source }: { source: Source }) {
  return (
    <Tr>
      <Td dataLabel="Source" modifier="breakWord">{source.integrationLabel}</Td>
      <Td dataLabel="State">
        {source.isHealthy ? <Label isCompact color="green">well</Label> : <Label isCompact color="red">in trouble</Label>}
      </Td>
      <Td dataLabel="Last event"><Moment at={source.lastEventReceivedAtTime} isRelative /></Td>
    </Tr>
  );
}

function worstFirst(a: Source, b: Source): number {
  return Number(a.isHealthy) - Number(b.isHealthy) || a.integrationLabel.localeCompare(b.integrationLabel);
}
