// The rows of the list of log sources.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link, useNavigate } from '@tanstack/react-router';
import type { SourceOverview } from '../../api/intake';
import { LogTypes } from '../../parts/log-types';
import { Moment } from '../../parts/moment';
import { RowActions } from '../../parts/row-actions';
import type { Deed } from './list';
import { size, written } from './numbers';
import { Sparkline } from './sparkline';
import { Reasons, StateLabel } from './state';

const KINDS: Record<string, string> = { 'http-ingest': 'HTTP', 'audit-log': 'This server' };

type Props = { sources: SourceOverview[]; mayManage: boolean; onOpen: (deed: Deed, source: SourceOverview) => void };

export function SourceTable({ sources, mayManage, onOpen }: Props) {
  const navigate = useNavigate();
  return (
    <Table variant="compact" aria-label="Log sources">
      <Thead>
        <Tr>
          <Th width={20}>Source</Th><Th>Log types</Th><Th width={25}>State</Th><Th>Events</Th><Th>Bytes</Th>
          <Th>Failures</Th><Th>Last event</Th>
          {mayManage && <Th screenReaderText="What can be done" />}
        </Tr>
      </Thead>
      <Tbody>
        {sources.map((source) => (
          <Tr key={source.id}>
            <Td dataLabel="Source" modifier="breakWord">
              <Link to="/log-sources/$id" params={{ id: source.id }}>{source.label}</Link>
              <div className="subtle small">
                {KINDS[source.type] ?? source.type}{source.provisioned && source.type === 'http-ingest' && ', declared in the configuration file'}
              </div>
            </Td>
            <Td dataLabel="Log types"><LogTypes types={source.logTypes} /></Td>
            <Td dataLabel="State" modifier="breakWord"><StateLabel source={source} /><Reasons source={source} /></Td>
            <Volume source={source} />
            <Td dataLabel="Last event"><Moment at={source.lastEventProcessedAt} isRelative /></Td>
            {mayManage && (
              <Td isActionCell>
                {source.type === 'http-ingest' && (
                  <RowActions of={source.label}
                    items={[
                      { title: source.provisioned ? 'Look at the settings' : 'Edit',
                        onClick: () => void navigate({ to: '/log-sources/$id', params: { id: source.id }, search: { tab: 'settings' } }) },
                      ...(source.alarm?.provisioned ? [] : [{ title: 'Alarm for silence', onClick: () => onOpen('alarm', source) }]),
                      ...(source.provisioned ? [] : [
                        ...(source.authMethod === 'None' ? [] : [{ title: 'Rotate the credentials', onClick: () => onOpen('rotate', source) }]),
                        { title: 'Delete', onClick: () => onOpen('delete', source) },
                      ]),
                    ]} />
                )}
              </Td>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** What is not the caller's to see is not shown as nothing. */
function Volume({ source: { id, label, volume } }: { source: SourceOverview }) {
  if (!volume) {
    return <>{['Events', 'Bytes', 'Failures'].map((name) => <Td key={name} dataLabel={name}><span className="subtle">not yours to see</span></Td>)}</>;
  }
  const { events, bytes, failures } = volume.day;
  return (
    <>
      <Td dataLabel="Events"><Sparkline counts={volume.hourlyEvents} label={label} /> {written(events)}</Td>
      <Td dataLabel="Bytes" modifier="nowrap">{size(bytes)}</Td>
      <Td dataLabel="Failures">
        {failures === 0 ? 0 : <Link to="/log-sources/$id" params={{ id }} search={{ tab: 'failures' }}>{written(failures)}</Link>}
      </Td>
    </>
  );
}
