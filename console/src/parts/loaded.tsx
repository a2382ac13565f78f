// What a page shows while it waits for the server, and when that failed; else what came.
import { Bullseye, Spinner } from '@patternfly/react-core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Failure } from './failure';

type Props<T> = { query: UseQueryResult<T>; what: string; children: (value: T) => ReactNode };

export function Loaded<T>({ query, what, children }: Props<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) {
    return <Failure title={`${what} could not be loaded`} thrown={query.error} onRetry={() => void query.refetch()} />;
  }
  return <Waiting what={what} />;
}

/** The same for a form: it is made from what came first, whatever is read anew meanwhile. Its revision goes with the
 *  change, so that the server sees what was overtaken. A key says what the form is of. */
export function LoadedOnce<T>({ query, what, children }: Props<T>) {
  return <Loaded query={query} what={what}>{(value) => <Once value={value}>{children}</Once>}</Loaded>;
}

/** What was there at first, however it changes. */
export function Once<T>({ value, children }: { value: T; children: (value: T) => ReactNode }) {
  const [first] = useState(value);
  return <>{children(first)}</>;
}

export function Waiting({ what }: { what: string }) {
  return <Bullseye className="waiting"><Spinner size="lg" aria-label={`Loading: ${what}`} /></Bullseye>;
}
