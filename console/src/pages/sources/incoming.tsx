// What came in from a source over time, how it does, and its alarm.
import { Button, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { sourceListQuery, volumeQuery, type SourceOverview } from '../../api/intake';
import { SPANS } from '../../app/searches-intake';
import { useMay } from '../../app/session';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { Nothing } from '../../parts/nothing';
import { AlarmDialog } from './alarm-dialog';
import { Bars } from './bars';
import { counted, silence, size } from './numbers';
import { Reasons, StateLabel } from './state';

const SPAN_WORDS = { 24: '24 hours', 168: '7 days', 720: '30 days' } as const;
const ALARM_WORDS: Record<string, string> = { OK: 'not raised', ALARM: 'raised', INSUFFICIENT_DATA: 'not raised, nothing came yet' };

export function Incoming({ source }: { source: SourceOverview }) {
  return (
    <>
      {source.volume ? <Volume id={source.id} label={source.label} />
        : <Nothing title="Not yours to see">Your role does not show all log types of this source.</Nothing>}
      <State source={source} />
    </>
  );
}

function Volume({ id, label }: { id: string; label: string }) {
  const { hours = 24 } = useSearch({ from: '/shell/log-sources/$id' });
  const navigate = useNavigate({ from: '/log-sources/$id' });
  const series = useQuery({ ...volumeQuery(id, hours), refetchInterval: 30_000 });
  return (
    <>
      <ToggleGroup aria-label="Span" className="above">
        {SPANS.map((one) => (
          <ToggleGroupItem key={one} text={SPAN_WORDS[one]} buttonId={`span-${one}`} isSelected={hours === one}
            onChange={() => void navigate({ search: (old) => ({ ...old, hours: one }), replace: true })} />
        ))}
      </ToggleGroup>
      <Loaded query={series} what="What came in">
        {(found) => {
          const total = found.results.reduce((sum, one) => ({
            events: sum.events + one.events, bytes: sum.bytes + one.bytes, failures: sum.failures + one.failures,
          }), { events: 0, bytes: 0, failures: 0 });
          return (
            <>
              <p>{counted(total.events, 'event')}, {size(total.bytes)}, {counted(total.failures, 'failure')} in {SPAN_WORDS[hours]}.</p>
              <Bars series={found} label={label} />
              {found.logTypes.length > 1 && (
                <p className="small">{found.logTypes.map(({ logType, events }) => `${logType}: ${counted(events, 'event')}`).join(' · ')}</p>
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function State({ source }: { source: SourceOverview }) {
  const mayManage = useMay()('LogSourceModify');
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const { alarm } = source;
  const canSet = mayManage && source.type === 'http-ingest' && !alarm?.provisioned;
  return (
    <DescriptionList isHorizontal isCompact className="below">
      <Row term="State"><StateLabel source={source} /><Reasons source={source} /></Row>
      <Row term="Last event"><Moment at={source.lastEventProcessedAt} /></Row>
      <Row term="Last request"><Moment at={source.lastEventReceivedAt} /></Row>
      {source.type === 'http-ingest' && (
        <Row term="Alarm for silence">
          {alarm ? <>after {silence(alarm.minutesThreshold)}, {ALARM_WORDS[alarm.state] ?? alarm.state}{alarm.provisioned && ', set in the configuration file'}</> : 'none'}
          {canSet && <> <Button variant="link" isInline onClick={() => setOpen(true)}>{alarm ? 'Change' : 'Set'} the alarm</Button></>}
        </Row>
      )}
      {source.createdAt && <Row term="Made"><Moment at={source.createdAt} /></Row>}
      {source.updatedAt && <Row term="Changed"><Moment at={source.updatedAt} /></Row>}
      {isOpen && (
        <AlarmDialog source={source} onClose={() => {
          setOpen(false);
          void queries.invalidateQueries({ queryKey: sourceListQuery.queryKey });
        }} />
      )}
    </DescriptionList>
  );
}

function Row({ term, children }: { term: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}
