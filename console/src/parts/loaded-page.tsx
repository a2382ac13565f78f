// A page about one thing: while it is waited for, when there is no such thing, and when it could not be loaded. It always
// has a heading, and the way to the list.
import { Button } from '@patternfly/react-core';
import { Link, useLocation } from '@tanstack/react-router';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { problemOf } from '../api/problem';
import { entryOf } from '../app/navigation';
import { Failure, sentence } from './failure';
import { Waiting } from './loaded';
import { Nothing } from './nothing';
import { PageFrame } from './page';

type Props<T> = { query: UseQueryResult<T>; what: string; children: (value: T) => ReactNode };

export function LoadedPage<T>({ query, what, children }: Props<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (!query.isError) return <Waiting what={what} />;
  const { status, message } = problemOf(query.error);
  if (status === 404) return <NotThere what={what} said={sentence(message)} />;
  return (
    <PageFrame title={what} actions={<ToList />}>
      <Failure title={`${what} could not be loaded`} thrown={query.error} onRetry={() => void query.refetch()} />
    </PageFrame>
  );
}

function NotThere({ what, said }: { what: string; said: string }) {
  return (
    <PageFrame title={`${what} is not there`}>
      <Nothing title="It may be gone, or the address is mistyped" action={<ToList />}>{said}</Nothing>
    </PageFrame>
  );
}

/** To the page of the side bar that this one lies below. */
function ToList() {
  const entry = entryOf(useLocation().pathname);
  if (!entry) return null;
  return <Button variant="link" component={(props) => <Link {...props} to={entry.to} />}>To {entry.label}</Button>;
}
