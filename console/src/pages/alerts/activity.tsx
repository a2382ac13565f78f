// What people and programs did about an alert, in one line of time, and a place to write.
import { ActionGroup, Button, Form, FormGroup, List, ListItem, TextArea } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addComment, commentsQuery, historyQuery } from '../../api/alerts';
import type { Alert, AlertStep, AlertStatus, Comment } from '../../api/types';
import { useMay } from '../../app/session';
import { Failure } from '../../parts/failure';
import { Loaded } from '../../parts/loaded';
import { Moment } from '../../parts/moment';
import { STATUS_WORDS } from '../../parts/severity';
import { usePeople, type People } from './people';

type Entry = { at: string; step: AlertStep } | { at: string; comment: Comment };

export function Activity({ alert }: { alert: Alert }) {
  const history = useQuery(historyQuery(alert.id));
  const comments = useQuery(commentsQuery(alert.id));
  const may = useMay();
  return (
    <>
      <Loaded query={history} what="The history">
        {(steps) => (
          <Loaded query={comments} what="The comments">
            {(written) => {
              const entries: Entry[] = [
                ...steps.results.map((step) => ({ at: step.at, step })),
                ...written.results.map((comment) => ({ at: comment.createdAt, comment })),
              ];
              const isMore = Boolean(steps.next ?? written.next);
              return <Timeline alert={alert} entries={entries} isMore={isMore} />;
            }}
          </Loaded>
        )}
      </Loaded>
      {may('AlertModify') && <Write alert={alert} />}
    </>
  );
}

function Timeline({ alert, entries, isMore }: { alert: Alert; entries: Entry[]; isMore: boolean }) {
  const people = usePeople();
  const sorted = [...entries].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (
    <>
      <List isPlain isBordered aria-label="Activity">
        <ListItem><Moment at={alert.createdAt} /> The alert was made.</ListItem>
        {sorted.map((entry, index) => (
          <ListItem key={index}>
            <Moment at={entry.at} />{' '}
            {'step' in entry ? <Step step={entry.step} people={people} /> : <Said comment={entry.comment} people={people} />}
          </ListItem>
        ))}
      </List>
      {isMore && <p className="subtle">The first 50 changes and the first 50 comments are shown; the API has all of them.</p>}
    </>
  );
}

function Step({ step, people }: { step: AlertStep; people: People }) {
  const write = (value: string | null | undefined) => {
    if (!value) return 'nothing';
    if (step.field === 'status') return STATUS_WORDS[value as AlertStatus] ?? value;
    if (step.field === 'assignee') return people.nameOf({ id: value, type: 'user' });
    return value;
  };
  return <span className="breakable">{people.nameOf(step.actor)} changed {step.field} from {write(step.before)} to {write(step.after)}.</span>;
}

/** Whatever its format says, a comment is shown as text. */
function Said({ comment, people }: { comment: Comment; people: People }) {
  return (
    <>
      {people.nameOf(comment.createdBy)} wrote{comment.updatedAt ? ' (changed later)' : ''}:
      <p className="pre">{comment.body}</p>
    </>
  );
}

function Write({ alert }: { alert: Alert }) {
  const [text, setText] = useState('');
  const queries = useQueryClient();
  const writing = useMutation({
    mutationFn: () => addComment(alert.id, text),
    onSuccess: () => {
      setText('');
      return queries.invalidateQueries({ queryKey: commentsQuery(alert.id).queryKey });
    },
  });
  return (
    <Form className="below" onSubmit={(event) => { event.preventDefault(); writing.mutate(); }}>
      {writing.isError && <Failure title="The comment was not saved" thrown={writing.error} />}
      <FormGroup label="Comment" fieldId="comment">
        <TextArea id="comment" value={text} onChange={(_event, next) => setText(next)} rows={3} autoResize resizeOrientation="vertical" />
      </FormGroup>
      <ActionGroup><Button type="submit" variant="secondary" isDisabled={text.trim() === '' || writing.isPending}>Comment</Button></ActionGroup>
    </Form>
  );
}
