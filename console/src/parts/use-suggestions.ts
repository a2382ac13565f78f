// Words to suggest for filters that find nothing but whole ones; none where one may not see what there is.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { itemsQuery, logTypeNamesQuery } from '../api/detections';
import { schemaListQuery, sourceListQuery } from '../api/intake';
import { useMay } from '../app/session';
import { plain, type Suggestion } from './suggestions';

/** Log types, by whichever list of them is open to one. */
export function useLogTypes(): Suggestion[] | undefined {
  const may = useMay();
  const byRules = may('RuleRead');
  const names = useQuery({ ...logTypeNamesQuery, enabled: byRules, staleTime: 60_000 });
  const schemas = useQuery({ ...schemaListQuery, enabled: !byRules && may('LogSourceRead'), staleTime: 60_000 });
  const known = names.data ?? schemas.data?.results.map(({ name }) => name);
  return known && plain(known);
}

/** Log sources by their names. */
export function useLogSources(): Suggestion[] | undefined {
  const may = useMay();
  const sources = useQuery({ ...sourceListQuery, enabled: may('LogSourceRead') });
  return sources.data?.results.map(({ id, label }) => ({ word: id, shown: label, also: id }));
}

/** Detections whose name or id has what is typed. */
export function useDetections(typed: string): Suggestion[] | undefined {
  const may = useMay();
  const part = useDeferredValue(typed.trim());
  const items = useInfiniteQuery({
    ...itemsQuery(part === '' ? {} : { 'name-contains': part }), enabled: may('RuleRead'), staleTime: 60_000, placeholderData: (old) => old,
  });
  return items.data?.pages.flatMap(({ results }) => results.map(({ id, displayName }) => ({ word: id, shown: id, also: displayName })));
}
