// The bar at the top while the server does not answer, or once it has another version of the console. What is on the
// page stays; what the page asks for goes on by itself.
import { Button } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useConnection } from '../api/connection';

export function ConnectionBar() {
  const connection = useConnection();
  const queries = useQueryClient();
  useEffect(() => {
    if (connection === 'lost') return () => void queries.refetchQueries({ type: 'active', predicate: isMissed });
    return undefined;
  }, [connection, queries]);
  if (connection === 'there') return null;
  return (
    <div className="connection-bar" role="status">
      {connection === 'lost'
        ? 'The server does not answer. This page goes on by itself when it does; what you typed stays.'
        : (
          <>
            The console was updated. Save what you are at, then{' '}
            <Button variant="link" isInline onClick={() => window.location.reload()}>load it again</Button>.
          </>
        )}
    </div>
  );
}

/** What is asked for anew: everything but who is signed in, which the shell looks after. */
function isMissed({ queryKey }: { queryKey: readonly unknown[] }): boolean {
  return queryKey[0] !== 'session';
}
