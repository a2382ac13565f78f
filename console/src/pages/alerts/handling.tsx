// Where the alert stands and who has it, to be changed where that is allowed; and word of what others change of it
// meanwhile.
import { Alert as Notice, Button, Form } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { updateAlert } from '../../api/alerts';
import type { Alert, AlertPatch } from '../../api/types';
import { useSay } from '../../app/notices';
import { useMay, useSession } from '../../app/session';
import { Failure } from '../../parts/failure';
import { SeverityLabel, StatusLabel, STATUSES, STATUS_WORDS } from '../../parts/severity';
import { Select } from '../../parts/select';
import { KeyHint, useKeys } from './keys';
import { usePeople, type People } from './people';
import { changeRows, forgetAllButRows } from './rows';

const QUALITIES = [
  ['', 'Not said'], ['TRUE_POSITIVE', 'True positive'], ['BENIGN_POSITIVE', 'Benign positive'], ['FALSE_POSITIVE', 'False positive'],
] as const;

export function Handling({ alert }: { alert: Alert }) {
  const may = useMay();
  const people = usePeople();
  const mayChange = may('AlertModify');
  return (
    <>
      <Meanwhile alert={alert} people={people} />
      {mayChange ? <Controls alert={alert} people={people} /> : (
        <div className="toolbar labelled filters">
          <SeverityLabel severity={alert.severity} /> <StatusLabel status={alert.status} />{' '}
          {alert.assignee ? `with ${people.nameOf(alert.assignee)}` : 'with nobody'} <KeyHint />
        </div>
      )}
    </>
  );
}

function Controls({ alert, people }: { alert: Alert; people: People }) {
  const { user } = useSession();
  const queries = useQueryClient();
  const changing = useMutation({
    mutationFn: (patch: AlertPatch) => updateAlert(alert.id, patch),
    onSuccess: (_nothing, patch) => changeRows(queries, [alert.id], patch),
    onSettled: () => forgetAllButRows(queries),
  });
  const change = (patch: AlertPatch) => {
    if (!changing.isPending) changing.mutate(patch);
  };
  const say = useSay();
  const undo = useRef<(() => void) | null>(null);
  // A key is not lost while something else is being saved, and says what it did: it is pressed sooner than a menu is opened.
  const byKey = async (patch: AlertPatch, before: AlertPatch, done: string) => {
    try {
      await changing.mutateAsync(patch);
    } catch {
      // It is said above the fields.
      return;
    }
    const back = () => {
      if (undo.current === back) undo.current = null;
      void changing.mutateAsync(before).then(() => say('1 alert: as before'), () => undefined);
    };
    undo.current = back;
    say(`1 alert: ${done}`, 'success', { label: 'Undo', act: back });
  };
  useKeys({
    a: { does: 'takes the alert', act: () => void byKey({ assignee: user.id }, { assignee: alert.assignee?.id ?? '' }, 'assigned to you') },
    e: { does: 'resolves the alert', act: () => void byKey({ status: 'RESOLVED' }, { status: alert.status }, STATUS_WORDS.RESOLVED) },
    z: { does: 'undoes the last change by a key', act: () => undo.current?.() },
  }, 'The alert');
  const assignee = alert.assignee?.id ?? '';
  const isListed = assignee === '' || people.assignees.some(([id]) => id === assignee);
  const others: (readonly [string, string])[] = isListed ? [] : [[assignee, people.nameOf(alert.assignee)]];
  return (
    <>
      {changing.isError && <Failure title="The alert was not changed" thrown={changing.error} />}
      <Form className="toolbar labelled filters" onSubmit={(event) => event.preventDefault()} aria-label="Handling">
        <SeverityLabel severity={alert.severity} />
        <Select id="status" label="Status" value={alert.status} isDisabled={changing.isPending}
          options={STATUSES.map((status) => [status, STATUS_WORDS[status]])} onChange={(status) => change({ status })} />
        <Select id="assignee" label="Assignee" value={assignee} isDisabled={changing.isPending}
          options={[['', 'Nobody'], ...people.assignees, ...others]} onChange={(id) => change({ assignee: id })} />
        <Select id="quality" label="Quality" value={alert.quality ?? ''} isDisabled={changing.isPending}
          options={QUALITIES} onChange={(quality) => change({ quality })} />
        {alert.assignee?.id !== user.id && (
          <Button variant="secondary" size="sm" isDisabled={changing.isPending} onClick={() => change({ assignee: user.id })}>
            Take it
          </Button>
        )}
        <KeyHint />
      </Form>
    </>
  );
}

/** What somebody else changed while the page was open: the last change counts, and it should not surprise anybody. */
function Meanwhile({ alert, people }: { alert: Alert; people: People }) {
  const { user } = useSession();
  const [before, setBefore] = useState(alert);
  const [said, setSaid] = useState<string | null>(null);
  if (before !== alert) {
    setBefore(alert);
    const isOther = alert.updatedBy && alert.updatedBy.id !== user.id;
    if (isOther && before.status !== alert.status) {
      setSaid(`${people.nameOf(alert.updatedBy)} changed the status to ${STATUS_WORDS[alert.status]}`);
    } else if (isOther && before.assignee?.id !== alert.assignee?.id) {
      setSaid(`${people.nameOf(alert.updatedBy)} gave it to ${people.nameOf(alert.assignee) || 'nobody'}`);
    }
  }
  return <div aria-live="polite">{said && <Notice isInline isPlain variant="info" title={said} className="above" />}</div>;
}
