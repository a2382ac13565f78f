// What can be done with the selected alerts.
import { Button } from '@patternfly/react-core';
import type { AlertPatch } from '../../api/types';
import { STATUSES, STATUS_WORDS } from '../../parts/severity';
import { Select } from '../../parts/select';
import type { People } from './people';
import type { Work } from './use-selection';

type Props = {
  count: number; people: People; work: Work | null; canSelectAll: boolean; isMore: boolean;
  onChange: (patch: AlertPatch, done: string) => void; onComment: () => void; onSelectAll: () => void; onClear: () => void;
};

export function BulkBar({ count, people, work, canSelectAll, isMore, onChange, onComment, onSelectAll, onClear }: Props) {
  const nameOf = (id: string) => people.assignees.find(([one]) => one === id)?.[1] ?? 'nobody';
  if (work) {
    return (
      <div className="filters" role="group" aria-label="Selected alerts">
        <p aria-live="polite">{work.label}: {work.done.toLocaleString('en')}{work.of === null ? '' : ` of ${work.of.toLocaleString('en')}`}</p>
        {work.stop && <Button variant="link" onClick={work.stop}>Stop</Button>}
      </div>
    );
  }
  return (
    <div className="filters" role="group" aria-label="Selected alerts">
      <p aria-live="polite">{count.toLocaleString('en')} selected{isMore ? '; more match, select again when these are done' : ''}</p>
      {STATUSES.map((status) => (
        <Button key={status} variant="secondary" size="sm" onClick={() => onChange({ status }, STATUS_WORDS[status])}>
          {STATUS_WORDS[status]}
        </Button>
      ))}
      <Button variant="secondary" size="sm" onClick={onComment}>Comment</Button>
      <Select id="bulk-assignee" label="Assign to" value="" options={[['', 'Choose'], ...people.assignees, ['-', 'Nobody']]}
        onChange={(id) => {
          if (id !== '') onChange({ assignee: id === '-' ? '' : id }, `assigned to ${nameOf(id)}`);
        }} />
      {canSelectAll && <Button variant="link" onClick={onSelectAll}>Select every alert that matches</Button>}
      <Button variant="link" onClick={onClear}>Select none</Button>
    </div>
  );
}
