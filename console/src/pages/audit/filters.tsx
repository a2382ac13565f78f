// What of the audit log is shown. It stands in the address, so that a link shows the same.
import { Button, Form } from '@patternfly/react-core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { AuditFilter } from '../../api/audit';
import { AUDIT_ACTIONS } from '../../api/audit-actions';
import { tokensQuery, usersQuery } from '../../api/people';
import { useMay } from '../../app/session';
import { MomentField } from '../../parts/moment-field';
import { SearchField } from '../../parts/search-field';
import { Select } from '../../parts/select';

type Option = readonly [value: string, words: string];
type Props = { filter: AuditFilter; onChange: (change: AuditFilter) => void };

const RESULTS = [['', 'Any'], ['SUCCEEDED', 'Done'], ['FAILED', 'Failed'], ['PARTIALLY_FAILED', 'Partly failed']] as const;

export function Filters({ filter, onChange }: Props) {
  const actors = useActors();
  const clear = { contains: undefined, action: undefined, actor: undefined, result: undefined, from: undefined, to: undefined };
  return (
    <Form className="filters" onSubmit={(event) => event.preventDefault()}>
      <SearchField id="audit-contains" label="Text" value={filter.contains ?? ''} className="wide"
        onChange={(text) => onChange({ contains: text || undefined })} />
      <Select id="audit-action" label="Action" value={filter.action ?? ''} options={withChosen(AUDIT_ACTIONS, filter.action)}
        onChange={(action) => onChange({ action: action || undefined })} />
      <Select id="audit-actor" label="Who did it" value={filter.actor ?? ''} options={withChosen(actors, filter.actor)}
        onChange={(actor) => onChange({ actor: actor || undefined })} />
      <Select id="audit-result" label="Result" value={filter.result ?? ''} options={RESULTS}
        onChange={(result) => onChange({ result: result || undefined })} />
      <MomentField id="audit-from" label="From" value={filter.from} onChange={(from) => onChange({ from })} />
      <MomentField id="audit-to" label="To" value={filter.to} onChange={(to) => onChange({ to })} />
      {Object.keys(filter).length > 0 && <Button variant="link" onClick={() => onChange(clear)}>Show all</Button>}
    </Form>
  );
}

/** A link may name what is not among those that are known, such as somebody who was deleted. */
function withChosen(known: readonly Option[], chosen: string | undefined): Option[] {
  const others: Option[] = chosen && known.every(([value]) => value !== chosen) ? [[chosen, chosen]] : [];
  return [['', 'Any'], ...known, ...others];
}

/** People by name, then programs. */
function useActors(): Option[] {
  const may = useMay();
  const users = useInfiniteQuery(usersQuery({ 'include-deactivated': true }));
  const tokens = useQuery({ ...tokensQuery, enabled: may('OrganizationAPITokenRead') });
  const people = users.data?.pages.flatMap((page) => page.results) ?? [];
  return [
    ...people.map(({ id, givenName, familyName, email }) => [id, `${givenName} ${familyName}`.trim() || email] as const),
    ...(tokens.data?.results ?? []).map(({ id, name }) => [id, `API token ${name}`] as const),
  ];
}
