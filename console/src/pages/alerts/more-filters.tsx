// Filters that are needed less often.
import { Form } from '@patternfly/react-core';
import type { AlertFilter } from '../../api/alerts';
import { KINDS } from '../../app/searches-alerts';
import { MomentField } from '../../parts/moment-field';
import { SearchField } from '../../parts/search-field';
import { Select } from '../../parts/select';
import { Several } from '../../parts/several';

type Props = { filter: AlertFilter; onChange: (change: AlertFilter) => void };

export function MoreFilters({ filter, onChange }: Props) {
  const kinds = KINDS[filter.type ?? 'ALERT'];
  const list = (key: 'log-type' | 'log-source' | 'resource-type', label: string, placeholder: string) => (
    <SearchField id={`alert-${key}`} label={label} value={filter[key]?.join(', ') ?? ''} placeholder={placeholder}
      onChange={(text) => {
        const some = text.split(/[\s,]+/).filter((word) => word !== '');
        onChange({ [key]: some.length > 0 ? some : undefined });
      }} />
  );
  const count = (key: 'event-count-min' | 'event-count-max', label: string) => (
    <SearchField id={`alert-${key}`} label={label} value={filter[key]?.toString() ?? ''}
      onChange={(text) => onChange({ [key]: /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined })} />
  );
  return (
    <Form id="more-filters" className="filters" aria-label="More filters" onSubmit={(event) => event.preventDefault()}>
      {kinds.length > 0 && (
        <Several id="alert-kind" label="Kind of detection" chosen={filter['sub-type'] ?? []} options={kinds}
          onChange={(chosen) => onChange({ 'sub-type': chosen.length > 0 ? chosen : undefined })} />
      )}
      <SearchField id="alert-detection" label="Detection id" value={filter['detection-id'] ?? ''}
        onChange={(text) => onChange({ 'detection-id': text.trim() || undefined })} />
      <SearchField id="alert-dedup" label="Grouped by" value={filter.dedup ?? ''} onChange={(text) => onChange({ dedup: text || undefined })} />
      {list('log-type', 'Log types', 'Okta.SystemLog')}
      {list('log-source', 'Log sources', '')}
      {list('resource-type', 'Resource types', '')}
      <MomentField id="alert-after" label="Created from" value={filter['created-after']}
        onChange={(at) => onChange({ 'created-after': at, range: undefined })} />
      <MomentField id="alert-before" label="Created before" value={filter['created-before']}
        onChange={(at) => onChange({ 'created-before': at, range: undefined })} />
      {count('event-count-min', 'Events, at least')}
      {count('event-count-max', 'Events, at most')}
      <Select id="alert-sort" label="Order" value={filter['sort-dir'] ?? 'desc'}
        options={[['desc', 'Newest first'], ['asc', 'Oldest first']] as const}
        onChange={(order) => onChange({ 'sort-dir': order === 'asc' ? order : undefined })} />
    </Form>
  );
}
