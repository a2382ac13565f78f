// Where the alert stands and who has it, to be changed where that is allowed.
import { Button, Form } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { updateAlert } from '../../api/alerts';
import type { Alert, AlertPatch } from '../../api/types';
import { useMay, useSession } from '../../app/session';
import { Failure } from '../../parts/failure';
import { SeverityLabel, StatusLabel, STATUSES, STATUS_WORDS } from '../../parts/severity';
import { Select } from '../../parts/select';
import { usePeople } from './people';

const QUALITIES = [
  ['', 'Not said'], ['TRUE_POSITIVE', 'True positive'], ['BENIGN_POSITIVE', 'Benign positive'], ['FALSE_POSITIVE', 'False positive'],
] as const;

export function Handling({ alert }: { alert: Alert }) {
  const may = useMay();
  const { user } = useSession();
  const people = usePeople();
  const queries = useQueryClient();
  const changing = useMutation({
    mutationFn: (patch: AlertPatch) => updateAlert(alert.id, patch),
    onSettled: () => Promise.all([
      queries.invalidateQueries({ queryKey: ['alert', alert.id] }), queries.invalidateQueries({ queryKey: ['alerts'] })]),
  });
  if (!may('AlertModify')) {
    return (
      <p className="above">
        <SeverityLabel severity={alert.severity} /> <StatusLabel status={alert.status} />{' '}
        {alert.assignee ? `with ${people.nameOf(alert.assignee)}` : 'with nobody'}
      </p>
    );
  }
  const assignee = alert.assignee?.id ?? '';
  const isListed = assignee === '' || people.assignees.some(([id]) => id === assignee);
  const others: (readonly [string, string])[] = isListed ? [] : [[assignee, people.nameOf(alert.assignee)]];
  return (
    <>
      {changing.isError && <Failure title="The alert was not changed" thrown={changing.error} />}
      <Form className="filters" onSubmit={(event) => event.preventDefault()} aria-label="Handling">
        <SeverityLabel severity={alert.severity} />
        <Select id="status" label="Status" value={alert.status} isDisabled={changing.isPending}
          options={STATUSES.map((status) => [status, STATUS_WORDS[status]])} onChange={(status) => changing.mutate({ status })} />
        <Select id="assignee" label="Assignee" value={assignee} isDisabled={changing.isPending}
          options={[['', 'Nobody'], ...people.assignees, ...others]} onChange={(id) => changing.mutate({ assignee: id })} />
        <Select id="quality" label="It turned out to be" value={alert.quality ?? ''} isDisabled={changing.isPending}
          options={QUALITIES} onChange={(quality) => changing.mutate({ quality })} />
        {alert.assignee?.id !== user.id && (
          <Button variant="secondary" isDisabled={changing.isPending} onClick={() => changing.mutate({ assignee: user.id })}>
            Take it
          </Button>
        )}
      </Form>
    </>
  );
}
