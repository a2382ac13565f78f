// The events that an alert was made of, as the rules saw them.
import { Alert as Notice, Card, CardBody, CardTitle, Gallery } from '@patternfly/react-core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { eventsQuery } from '../../api/alerts';
import type { Alert } from '../../api/types';
import { Failure } from '../../parts/failure';
import { JsonExplorer } from '../../parts/json-explorer';
import { Waiting } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { More } from '../../parts/more';
import { Nothing } from '../../parts/nothing';

type Event = Record<string, unknown>;

export function Events({ alert }: { alert: Alert }) {
  const events = useInfiniteQuery(eventsQuery(alert.id));
  const found = (events.data?.pages.flatMap((page) => page.results) ?? []) as Event[];
  if (events.isError && !events.data) {
    return <Failure title="Events could not be loaded" thrown={events.error} onRetry={() => void events.refetch()} />;
  }
  if (events.isPending) return <Waiting what="events" />;
  if (found.length === 0) return <Nothing title="No events">They are kept for a time only, or the alert is about none.</Nothing>;
  return (
    <>
      {events.data?.pages[0]?.truncated && (
        <Notice isInline isPlain variant="info" title={`The alert has ${alert.eventCount} events; the first ones are kept`} />
      )}
      <Gallery hasGutter minWidths={{ default: '100%' }}>
        {found.map((event, index) => <One key={String(event['p_row_id'] ?? index)} event={event} isFirst={index === 0} number={index + 1} />)}
      </Gallery>
      <More query={events} shown={found.length} what={found.length === 1 ? 'event' : 'events'} />
    </>
  );
}

function One({ event, isFirst, number }: { event: Event; isFirst: boolean; number: number }) {
  const at = event['p_event_time'];
  return (
    <Card isCompact>
      <CardTitle component="h2">{typeof at === 'string' ? <Moment at={at} /> : 'Event'} {String(event['p_log_type'] ?? '')}</CardTitle>
      <CardBody><JsonExplorer value={event} label={`event ${number}`} opensTo={isFirst ? 2 : 0} /></CardBody>
    </Card>
  );
}
