// What people and programs did about an alert, and what came of its deliveries, in one line of time.
import { Button, List, ListItem } from '@patternfly/react-core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { commentsQuery, deliveriesQuery, historyQuery } from '../../api/alerts';
import type { Alert, AlertStatus, AlertStep, Delivery } from '../../api/types';
import { useMay } from '../../app/session';
import { Failure } from '../../parts/failure';
import { Waiting } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { STATUS_WORDS } from '../../parts/severity';
import { Said, WriteComment } from './comments';
import { usePeople, type People } from './people';
import { merged, type Entry } from './timeline-entries';

const FIELDS: Record<string, string> = { quality: 'the quality', contextTags: 'words' };
const QUALITY_WORDS: Record<string, string> = {
  TRUE_POSITIVE: 'a true positive', BENIGN_POSITIVE: 'a benign positive', FALSE_POSITIVE: 'a false positive',
};

export function Activity({ alert }: { alert: Alert }) {
  const history = useInfiniteQuery(historyQuery(alert.id));
  const comments = useInfiniteQuery(commentsQuery(alert.id));
  const deliveries = useQuery(deliveriesQuery(alert.id));
  const people = usePeople();
  const may = useMay();
  const failed = [history, comments, deliveries].find((query) => query.isError && query.data === undefined);
  if (failed) return <Failure title="The activity could not be loaded" thrown={failed.error} onRetry={() => void failed.refetch()} />;
  if (!history.data || !comments.data || !deliveries.data) return <Waiting what="the activity" />;
  const { entries, isMore } = merged(
    { pages: history.data.pages, isMore: history.hasNextPage }, { pages: comments.data.pages, isMore: comments.hasNextPage },
    deliveries.data.results);
  const isLoading = history.isFetchingNextPage || comments.isFetchingNextPage;
  const more = () => {
    if (history.hasNextPage) void history.fetchNextPage();
    if (comments.hasNextPage) void comments.fetchNextPage();
  };
  return (
    <>
      <List isPlain isBordered aria-label="Activity">
        <ListItem><Moment at={alert.createdAt} /> The alert was made.</ListItem>
        {entries.map((entry) => <ListItem key={entry.key}><Moment at={entry.at} />{' '}<Line entry={entry} people={people} /></ListItem>)}
      </List>
      {isMore && <Button variant="link" isLoading={isLoading} isDisabled={isLoading} onClick={more}>Load more</Button>}
      {may('AlertModify') && <WriteComment alertId={alert.id} />}
    </>
  );
}

function Line({ entry, people }: { entry: Entry; people: People }) {
  if (entry.kind === 'step') return <Step step={entry.step} people={people} />;
  if (entry.kind === 'comment') return <Said comment={entry.comment} people={people} />;
  if (entry.kind === 'attempt') return <Attempt delivery={entry.delivery} index={entry.index} />;
  return <span className="breakable">{SENT[entry.delivery.trigger] ?? 'A delivery was made'}: {entry.delivery.displayName}.</span>;
}

/** Once one more attempt was asked for, it is not known any more how a delivery began, and that is when it began. */
const SENT: Record<string, string> = {
  auto: 'It was routed to a destination', manual: 'It was sent by hand', retry: 'It was sent to a destination',
};

function Attempt({ delivery, index }: { delivery: Delivery; index: number }) {
  const attempt = delivery.attempts[index];
  if (!attempt) return null;
  const answer = `${attempt.statusCode ?? 'no reply'} ${attempt.message.slice(0, 120)}`.trim();
  return (
    <span className="breakable">
      {attempt.success ? `${delivery.displayName} took it` : `${delivery.displayName} did not take it`}: {answer}
    </span>
  );
}

function Step({ step, people }: { step: AlertStep; people: People }) {
  const write = (value: string | null | undefined) => {
    if (!value) return 'nothing';
    if (step.field === 'status') return STATUS_WORDS[value as AlertStatus] ?? value;
    if (step.field === 'assignee') return people.nameOf({ id: value, type: 'user' });
    return step.field === 'quality' ? QUALITY_WORDS[value] ?? value : value;
  };
  return (
    <span className="breakable">
      {people.nameOf(step.actor)} changed {FIELDS[step.field] ?? step.field} from {write(step.before)} to {write(step.after)}.
    </span>
  );
}
