// What of the audit log is shown. It stands in the address, so that a link shows the same.
import { Button, Form } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import type { AuditFilter } from '../../api/audit';
import { AUDIT_ACTIONS } from '../../api/audit-actions';
import { AUDIT_READS } from '../../api/audit-reads';
import { namesQuery, tokensQuery } from '../../api/people';
import { useMay } from '../../app/session';
import { MomentField } from '../../parts/moment-field';
import { SearchField } from '../../parts/search-field';
import { Select } from '../../parts/select';

type Option = readonly [value: string, words: string];
type Props = { filter: AuditFilter; onChange: (change: AuditFilter) => void };

const KINDS = [['', 'Changes'], ['read', 'Reads']] as const;
const RESULTS = [['', 'Any'], ['SUCCEEDED', 'Done'], ['FAILED', 'Failed'], ['PARTIALLY_FAILED', 'Partly failed']] as const;

export function Filters({ filter, onChange }: Props) {
  const actors = useActors();
  const clear = { contains: undefined, action: undefined, actor: undefined, result: undefined, from: undefined, to: undefined };
  return (
    <Form className="filters" onSubmit={(event) => event.preventDefault()}>
      <Select id="audit-kind" label="Kind" value={filter.kind ?? ''} options={KINDS}
        onChange={(kind) => onChange({ kind: kind || undefined, action: undefined })} />
      <SearchField id="audit-contains" label="Text" value={filter.contains ?? ''} className="wide"
        onChange={(text) => onChange({ contains: text || undefined })} />
      <Select id="audit-action" label="Action" value={filter.action ?? ''} options={withChosen(filter.kind === 'read' ? AUDIT_READS : AUDIT_ACTIONS, filter.action)}
        onChange={(action) => onChange({ action: action || undefined })} />
      <Select id="audit-actor" label="Who did it" value={filter.actor ?? ''} options={withChosen(actors, filter.actor)}
        onChange={(actor) => onChange({ actor: actor || undefined })} />
      <Select id="audit-result" label="Result" value={filter.result ?? ''} options={RESULTS}
        onChange={(result) => onChange({ result: result || undefined })} />
      <MomentField id="audit-from" label="From" value={filter.from} onChange={(from) => onChange({ from })} />
      <MomentField id="audit-to" label="To" value={filter.to} onChange={(to) => onChange({ to })} />
      {isFiltered(filter) && <Button variant="link" onClick={() => onChange(clear)}>Show all</Button>}
    </Form>
  );
}

/** Whether less is shown than all of a kind. */
export const isFiltered = ({ kind: _kind, ...others }: AuditFilter): boolean => Object.values(others).some((value) => value !== undefined);

/** A link may name what is not among those that are known, such as somebody who was deleted. */
function withChosen(known: readonly Option[], chosen: string | undefined): Option[] {
  const others: Option[] = chosen && known.every(([value]) => value !== chosen) ? [[chosen, chosen]] : [];
  return [['', 'Any'], ...known, ...others];
}

/** People by name, then programs. */
function useActors(): Option[] {
  const may = useMay();
  const people = useQuery(namesQuery);
  const tokens = useQuery({ ...tokensQuery, enabled: may('OrganizationAPITokenRead') });
  return [
    ...(people.data?.results ?? []).map(({ id, name }) => [id, name] as const),
    ...(tokens.data?.results ?? []).map(({ id, name }) => [id, `API token ${name}`] as const),
  ];
}
