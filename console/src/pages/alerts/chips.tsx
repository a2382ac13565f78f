// What of the filters is set, each with a way to take it back.
import { Button, Label, LabelGroup } from '@patternfly/react-core';
import type { AlertFilter } from '../../api/alerts';
import { useStored } from '../../app/stored';
import { written, zone } from '../../app/time';
import { KINDS, RANGES } from '../../app/searches-alerts';
import { SEVERITY_WORDS, STATUS_WORDS } from '../../parts/severity';
import { shownAs } from '../../parts/suggestions';
import { useLogSources } from '../../parts/use-suggestions';
import type { People } from './people';

type Props = { filter: AlertFilter; people: People; onChange: (change: AlertFilter) => void; onClear: () => void };
type Chip = { label: string; value: string; clear: AlertFilter };

export function Chips({ filter, people, onChange, onClear }: Props) {
  const zoneName = useStored(zone);
  const sources = useLogSources();
  const chips = chipsOf(filter, people, (at) => written(at, zoneName), (ids) => shownAs(ids, sources ?? []));
  if (chips.length === 0) return null;
  return (
    <div className="chips" role="group" aria-label="Filters that are set">
      <LabelGroup numLabels={20} aria-label="Filters">
        {chips.map(({ label, value, clear }) => (
          <Label key={label} variant="outline" closeBtnAriaLabel={`Clear: ${label}`} onClose={() => onChange(clear)} textMaxWidth="22rem">
            {label}: {value}
          </Label>
        ))}
      </LabelGroup>
      <Button variant="link" size="sm" onClick={onClear}>Clear all filters</Button>
    </div>
  );
}

function chipsOf(filter: AlertFilter, people: People, at: (moment: string) => string, sourceNames: (ids: string[]) => string): Chip[] {
  const chips: Chip[] = [];
  const add = (label: string, value: string | undefined, clear: AlertFilter) => {
    if (value !== undefined && value !== '') chips.push({ label, value, clear });
  };
  const kinds = new Map(KINDS[filter.type ?? 'ALERT']);
  const assignees = [...(filter.unassigned ? ['nobody'] : []), ...(filter.assignee ?? []).map((id) => people.nameOf({ id, type: 'user' }))];
  add('Text', filter['name-contains'], { 'name-contains': undefined });
  add('Status', filter.status?.map((status) => STATUS_WORDS[status]).join(', '), { status: undefined });
  add('Severity', filter.severity?.map((severity) => SEVERITY_WORDS[severity]).join(', '), { severity: undefined });
  add('Assignee', assignees.join(', '), { assignee: undefined, unassigned: undefined });
  add('Kind', filter['sub-type']?.map((kind) => kinds.get(kind) ?? kind).join(', '), { 'sub-type': undefined });
  add('Detection', filter['detection-id'], { 'detection-id': undefined });
  add('Grouped by', filter.dedup, { dedup: undefined });
  add('Log type', filter['log-type']?.join(', '), { 'log-type': undefined });
  add('Log source', filter['log-source'] && sourceNames(filter['log-source']), { 'log-source': undefined });
  add('Resource type', filter['resource-type']?.join(', '), { 'resource-type': undefined });
  add('Created', RANGES.find(([range]) => range === filter.range)?.[1], { range: undefined });
  add('Created from', filter.range ? undefined : filter['created-after'] && at(filter['created-after']), { 'created-after': undefined });
  add('Created before', filter['created-before'] && at(filter['created-before']), { 'created-before': undefined });
  add('Events, at least', filter['event-count-min']?.toString(), { 'event-count-min': undefined });
  add('Events, at most', filter['event-count-max']?.toString(), { 'event-count-max': undefined });
  add('Order', filter['sort-dir'] && 'oldest first', { 'sort-dir': undefined });
  return chips;
}
