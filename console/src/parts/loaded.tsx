// What a page shows while it waits for the server, and when that failed; else what came.
import { Bullseye, Spinner } from '@patternfly/react-core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from './failure';

type Props<T> = { query: UseQueryResult<T>; what: string; children: (value: T) => ReactNode };

export function Loaded<T>({ query, what, children }: Props<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) {
    return <Failure title={`${what} could not be loaded`} thrown={query.error} onRetry={() => void query.refetch()} />;
  }
  return <Waiting what={what} />;
}

export function Waiting({ what }: { what: string }) {
  return <Bullseye className="waiting"><Spinner size="lg" aria-label={`Loading: ${what}`} /></Bullseye>;
}
