// What of the alerts is shown. It stands in the address, so that a link shows the same.
import { Button, Form } from '@patternfly/react-core';
import type { AlertFilter } from '../../api/alerts';
import { MomentField } from '../../parts/moment-field';
import { SearchField } from '../../parts/search-field';
import { Select } from '../../parts/select';
import { SEVERITIES, SEVERITY_WORDS, STATUSES, STATUS_WORDS } from '../../parts/severity';
import { Several } from '../../parts/several';
import type { People } from './people';

type Props = { filter: AlertFilter; people: People; onChange: (change: AlertFilter) => void };

const TYPES = [['ALERT', 'Alerts'], ['DETECTION_ERROR', 'Errors of detections'], ['SYSTEM_ERROR', 'System errors']] as const;

export function Filters({ filter, people, onChange }: Props) {
  const clear: AlertFilter = {
    type: undefined, status: undefined, severity: undefined, assignee: undefined, 'name-contains': undefined,
    'log-type': undefined, 'detection-id': undefined, 'created-after': undefined, 'created-before': undefined,
  };
  return (
    <Form className="filters" onSubmit={(event) => event.preventDefault()}>
      <SearchField id="alert-text" label="Title or detection" value={filter['name-contains'] ?? ''} className="wide"
        onChange={(text) => onChange({ 'name-contains': text || undefined })} />
      <Several id="alert-status" label="Status" chosen={filter.status ?? []}
        options={STATUSES.map((status) => [status, STATUS_WORDS[status]])}
        onChange={(status) => onChange({ status: status.length > 0 ? status : [...STATUSES] })} />
      <Several id="alert-severity" label="Severity" chosen={filter.severity ?? []}
        options={SEVERITIES.map((severity) => [severity, SEVERITY_WORDS[severity]])}
        onChange={(severity) => onChange({ severity: severity.length > 0 ? severity : undefined })} />
      <Select id="alert-assignee" label="Assignee" value={filter.assignee?.[0] ?? ''} options={[['', 'Anybody'], ...people.assignees]}
        onChange={(id) => onChange({ assignee: id ? [id] : undefined })} />
      <Select id="alert-type" label="Kind" value={filter.type ?? 'ALERT'} options={TYPES}
        onChange={(type) => onChange({ type: type === 'ALERT' ? undefined : type })} />
      <SearchField id="alert-log-type" label="Log type" value={filter['log-type']?.[0] ?? ''}
        onChange={(text) => onChange({ 'log-type': text.trim() ? [text.trim()] : undefined })} />
      <MomentField id="alert-after" label="Created from" value={filter['created-after']}
        onChange={(at) => onChange({ 'created-after': at })} />
      <MomentField id="alert-before" label="Created before" value={filter['created-before']}
        onChange={(at) => onChange({ 'created-before': at })} />
      <Button variant="link" onClick={() => onChange(clear)}>Open and triaged</Button>
    </Form>
  );
}
