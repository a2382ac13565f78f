// What can be done with the selected alerts, all at once or not at all.
import { Button } from '@patternfly/react-core';
import type { AlertPatch } from '../../api/types';
import { STATUSES, STATUS_WORDS } from '../../parts/severity';
import { Select } from '../../parts/select';
import type { People } from './people';

type Props = {
  count: number; people: People; onChange: (patch: AlertPatch, done: string) => void; onClear: () => void;
};

export function BulkBar({ count, people, onChange, onClear }: Props) {
  const nameOf = (id: string) => people.assignees.find(([one]) => one === id)?.[1] ?? 'nobody';
  return (
    <div className="filters" role="group" aria-label="Selected alerts">
      <p aria-live="polite">{count} selected</p>
      {STATUSES.map((status) => (
        <Button key={status} variant="secondary" size="sm" onClick={() => onChange({ status }, STATUS_WORDS[status])}>
          {STATUS_WORDS[status]}
        </Button>
      ))}
      <Select id="bulk-assignee" label="Assign to" value="" options={[['', 'Choose'], ...people.assignees, ['-', 'Nobody']]}
        onChange={(id) => {
          if (id !== '') onChange({ assignee: id === '-' ? '' : id }, `assigned to ${nameOf(id)}`);
        }} />
      <Button variant="link" onClick={onClear}>Select none</Button>
    </div>
  );
}
