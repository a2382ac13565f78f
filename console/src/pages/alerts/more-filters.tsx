// Filters that are needed less often. No alert is about a resource yet: its type is here only when a link names one.
import { Form } from '@patternfly/react-core';
import { useState } from 'react';
import type { AlertFilter } from '../../api/alerts';
import { KINDS } from '../../app/searches-alerts';
import { MomentField } from '../../parts/moment-field';
import { SearchField } from '../../parts/search-field';
import { Select } from '../../parts/select';
import { Several } from '../../parts/several';
import { shownAs, wordOf, wordsOf, type Suggestion } from '../../parts/suggestions';
import { useDetections, useLogSources, useLogTypes } from '../../parts/use-suggestions';

type Props = { filter: AlertFilter; onChange: (change: AlertFilter) => void };

export function MoreFilters({ filter, onChange }: Props) {
  const kinds = KINDS[filter.type ?? 'ALERT'];
  const [part, setPart] = useState(filter['detection-id'] ?? '');
  const [logTypes, sources, detections] = [useLogTypes(), useLogSources(), useDetections(part)];
  const list = (key: 'log-type' | 'log-source' | 'resource-type', label: string, known: Suggestion[] | undefined) => (
    <SearchField id={`alert-${key}`} label={label} value={shownAs(filter[key] ?? [], known ?? [])} isList suggestions={known}
      onChange={(text) => {
        const some = wordsOf(text, known ?? []);
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
        suggestions={detections} onTyped={setPart}
        onChange={(text) => onChange({ 'detection-id': wordOf(text, detections ?? []) || undefined })} />
      <SearchField id="alert-dedup" label="Grouped by" value={filter.dedup ?? ''} onChange={(text) => onChange({ dedup: text || undefined })} />
      {list('log-type', 'Log types', logTypes)}
      {list('log-source', 'Log sources', sources)}
      {filter['resource-type'] && list('resource-type', 'Resource types', undefined)}
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
