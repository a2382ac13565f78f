// What of the alerts is shown. It stands in the address, so that a link shows the same. On a narrow screen all but the
// search is behind a button.
import { Button, Form } from '@patternfly/react-core';
import { useState } from 'react';
import type { AlertFilter, AlertRange } from '../../api/alerts';
import { RANGES } from '../../app/searches-alerts';
import { SearchField } from '../../parts/search-field';
import { Select } from '../../parts/select';
import { SEVERITIES, SEVERITY_WORDS, STATUSES, STATUS_WORDS } from '../../parts/severity';
import { Several } from '../../parts/several';
import { useNarrow } from '../../parts/use-narrow';
import { MoreFilters } from './more-filters';
import type { People } from './people';

/** `own`: what is set, without what holds as long as nothing is. */
type Props = { filter: AlertFilter; own: AlertFilter; people: People; onChange: (change: AlertFilter) => void };

/** Stands for nobody where people are chosen. */
const NOBODY = '-';
const OWN_DATES = 'own';

export function Filters({ filter, own, people, onChange }: Props) {
  const [isMore, setMore] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const isNarrow = useNarrow();
  const isShown = !isNarrow || isOpen;
  const set = Object.entries(own).filter(([key, value]) => !['type', 'name-contains'].includes(key) && value !== undefined).length;
  return (
    <>
      <Form className="toolbar filters" onSubmit={(event) => event.preventDefault()}>
        <SearchField id="alert-text" label="Title or detection" placeholder="Title or detection" value={filter['name-contains'] ?? ''} className="wide"
          onChange={(text) => onChange({ 'name-contains': text || undefined })} />
        {isNarrow && (
          <Button variant="secondary" size="sm" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {set === 0 ? 'Filters' : `Filters (${set})`}
          </Button>
        )}
        {isShown && <Main filter={filter} people={people} onChange={onChange} />}
        {isShown && (
          <Button variant="link" size="sm" aria-expanded={isMore} aria-controls="more-filters" onClick={() => setMore(!isMore)}>
            {isMore ? 'Fewer filters' : 'More filters'}
          </Button>
        )}
      </Form>
      {isShown && isMore && <MoreFilters filter={filter} onChange={onChange} />}
    </>
  );
}

/** Those that are needed most. */
function Main({ filter, people, onChange }: Omit<Props, 'own'>) {
  const hasDates = Boolean(filter['created-after'] ?? filter['created-before']);
  const assignees = [...(filter.unassigned ? [NOBODY] : []), ...filter.assignee ?? []];
  return (
    <>
      <Several id="alert-status" label="Status" chosen={filter.status ?? []}
        options={STATUSES.map((status) => [status, STATUS_WORDS[status]])}
        onChange={(status) => onChange({ status: status.length > 0 ? status : [...STATUSES] })} />
      <Several id="alert-severity" label="Severity" chosen={filter.severity ?? []}
        options={SEVERITIES.map((severity) => [severity, SEVERITY_WORDS[severity]])}
        onChange={(severity) => onChange({ severity: severity.length > 0 ? severity : undefined })} />
      <Several id="alert-assignee" label="Assignee" chosen={assignees} options={[[NOBODY, 'Nobody'], ...people.assignees]}
        onChange={(chosen) => {
          const some = chosen.filter((id) => id !== NOBODY);
          onChange({ assignee: some.length > 0 ? some : undefined, unassigned: chosen.includes(NOBODY) ? true : undefined });
        }} />
      <Select<AlertRange | '' | typeof OWN_DATES> id="alert-range" label="Created" value={filter.range ?? (hasDates ? OWN_DATES : '')}
        options={[['', 'Within 30 days'], ...RANGES, ...(hasDates ? [[OWN_DATES, 'Own dates'] as const] : [])]}
        onChange={(range) => {
          if (range === OWN_DATES) return;
          onChange({ range: range || undefined, 'created-after': undefined, 'created-before': undefined });
        }} />
    </>
  );
}
