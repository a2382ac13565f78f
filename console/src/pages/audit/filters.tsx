// What of the audit log is shown. It stands in the address, so that a link shows the same.
import { Button, Form } from '@patternfly/react-core';
import type { AuditFilter } from '../../api/audit';
import { MomentField } from '../../parts/moment-field';
import { SearchField } from '../../parts/search-field';
import { Select } from '../../parts/select';

type Props = { filter: AuditFilter; onChange: (change: AuditFilter) => void };

const RESULTS = [['', 'Any'], ['SUCCEEDED', 'Done'], ['FAILED', 'Failed'], ['PARTIALLY_FAILED', 'Partly failed']] as const;

export function Filters({ filter, onChange }: Props) {
  const clear = { contains: undefined, action: undefined, actor: undefined, result: undefined, from: undefined, to: undefined };
  return (
    <Form className="filters" onSubmit={(event) => event.preventDefault()}>
      <SearchField id="audit-contains" label="Text" value={filter.contains ?? ''} className="wide"
        onChange={(text) => onChange({ contains: text || undefined })} />
      <SearchField id="audit-action" label="Action" value={filter.action ?? ''} placeholder="CREATE_USER"
        onChange={(text) => onChange({ action: text.trim().toUpperCase() || undefined })} />
      <SearchField id="audit-actor" label="Id of who did it" value={filter.actor ?? ''}
        onChange={(text) => onChange({ actor: text.trim() || undefined })} />
      <Select id="audit-result" label="Result" value={filter.result ?? ''} options={RESULTS}
        onChange={(result) => onChange({ result: result || undefined })} />
      <MomentField id="audit-from" label="From" value={filter.from} onChange={(from) => onChange({ from })} />
      <MomentField id="audit-to" label="To" value={filter.to} onChange={(to) => onChange({ to })} />
      {Object.keys(filter).length > 0 && <Button variant="link" onClick={() => onChange(clear)}>Show all</Button>}
    </Form>
  );
}
