// Which log sources are healthy, and what came in.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { OverviewSource, OverviewSources } from '../../api/overview';
import { bytes } from '../../parts/bytes';
import { HealthLabel } from '../../parts/health';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';
import { ThingLink } from '../../parts/thing-link';

export function Sources({ found: { total, sources }, span }: { found: OverviewSources; span: string }) {
  if (total === 0) return <Nothing title="No log source yet">Nothing comes in.</Nothing>;
  return (
    <>
      <Table variant="compact" aria-label={`Log sources, ${span}`} className="figures">
        <Thead><Tr><Th width={25}>Source</Th><Th>State</Th><Th>Last event</Th><Th>Records</Th><Th>Unreadable</Th><Th>Volume</Th></Tr></Thead>
        <Tbody>{sources.map((source) => <Row key={source.id} source={source} />)}</Tbody>
      </Table>
      {total > sources.length && <p className="subtle small more">{total - sources.length} more are not shown.</p>}
    </>
  );
}

function Row({ source: { id, label, state, problem, since, lastEvent, records, failures, bytes: volume } }: { source: OverviewSource }) {
  const count = (value: number | null | undefined) => value?.toLocaleString('en') ?? '–';
  return (
    <Tr>
      <Td dataLabel="Source" modifier="breakWord">
        <ThingLink thing="log-source" id={id}>{label}</ThingLink>
        {problem && <div className="subtle small breakable">{problem}{since && <>, since <Moment at={since} /></>}</div>}
      </Td>
      <Td dataLabel="State"><HealthLabel health={state === 'well' ? 'healthy' : state} /></Td>
      <Td dataLabel="Last event"><Moment at={lastEvent} isRelative /></Td>
      <Td dataLabel="Records">{count(records)}</Td>
      <Td dataLabel="Unreadable">{count(failures)}</Td>
      <Td dataLabel="Volume">{volume === null || volume === undefined ? '–' : bytes(volume)}</Td>
    </Tr>
  );
}
