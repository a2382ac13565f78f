// What of the detections is shown. It stands in the address, so that a link shows the same.
import { Button, Form, Label } from '@patternfly/react-core';
import type { ItemFilter } from '../../api/detections';
import type { ItemState } from '../../api/types';
import { DETECTION_KINDS, ORIGINS, STATES } from '../../app/searches-detections';
import { SearchField } from '../../parts/search-field';
import { Select } from '../../parts/select';
import { SEVERITIES, SEVERITY_WORDS } from '../../parts/severity';
import { Several } from '../../parts/several';
import { wordOf } from '../../parts/suggestions';
import { useLogTypes } from '../../parts/use-suggestions';
import { KIND_WORDS, ORIGIN_WORDS, STATE_WORDS } from './words';

type Props = { filter: ItemFilter; onChange: (change: ItemFilter) => void };

const CLEAR: ItemFilter = {
  kind: undefined, 'name-contains': undefined, state: undefined, severity: undefined, 'log-type': undefined,
  tag: undefined, origin: undefined, mitre: undefined,
};

export function Filters({ filter, onChange }: Props) {
  const logTypes = useLogTypes();
  const states: [ItemState | '', string][] = [['', 'Any state'], ...STATES.map((one): [ItemState, string] => [one, STATE_WORDS[one]])];
  const several = <T,>(chosen: T[]) => (chosen.length > 0 ? chosen : undefined);
  return (
    <Form className="toolbar filters" onSubmit={(event) => event.preventDefault()}>
      <SearchField id="detection-text" label="Name or id" placeholder="Name or id" value={filter['name-contains'] ?? ''} className="wide"
        onChange={(text) => onChange({ 'name-contains': text || undefined })} />
      <Select id="detection-state" label="State" value={filter.state ?? ''} options={states}
        onChange={(state) => onChange({ state: state === '' ? undefined : state })} />
      <Several id="detection-kind" label="Kind" chosen={filter.kind ?? []}
        options={DETECTION_KINDS.map((kind) => [kind, KIND_WORDS[kind]])} onChange={(kind) => onChange({ kind: several(kind) })} />
      <Several id="detection-severity" label="Severity" chosen={filter.severity ?? []}
        options={SEVERITIES.map((severity) => [severity, SEVERITY_WORDS[severity]])}
        onChange={(severity) => onChange({ severity: several(severity) })} />
      <SearchField id="detection-log-type" label="Log type" value={filter['log-type']?.[0] ?? ''}
        placeholder="Log type" suggestions={logTypes}
        onChange={(text) => onChange({ 'log-type': text.trim() ? [wordOf(text, logTypes ?? [])] : undefined })} />
      <SearchField id="detection-tag" label="Tag" placeholder="Tag" value={filter.tag?.[0] ?? ''}
        onChange={(text) => onChange({ tag: text.trim() ? [text.trim()] : undefined })} />
      <Several id="detection-origin" label="From" chosen={filter.origin ?? []}
        options={ORIGINS.map((origin) => [origin, ORIGIN_WORDS[origin]])} onChange={(origin) => onChange({ origin: several(origin) })} />
      {filter.mitre && (
        <Label closeBtnAriaLabel="Without this technique" onClose={() => onChange({ mitre: undefined })}>
          {filter.mitre === 'none' ? 'names no technique' : `ATT&CK: ${filter.mitre}`}
        </Label>
      )}
      <Button variant="link" size="sm" onClick={() => onChange(CLEAR)}>Show all</Button>
    </Form>
  );
}
