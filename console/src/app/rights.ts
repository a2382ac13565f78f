// Keeps what the person may do as the server has it: another role changes the side bar and the pages that are open.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { sessionQuery } from '../api/account';
import { call, onRefused } from '../api/client';
import { takeSession } from '../api/owner';
import type { SessionInfo } from '../api/types';

/** How often the server is asked, beside whenever it refuses something. */
const LOOK_AGAIN_MS = 60_000;
/** Several refusals of one page are one reason to ask. */
const PAUSE_MS = 1_000;

/** Follows the rights of who is signed in. */
export function useRights(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let last = 0;
    const look = async () => {
      if (Date.now() - last < PAUSE_MS) return;
      last = Date.now();
      const result = await call<SessionInfo>('GET', '/internal/session');
      // The end of a session is told by the call itself; anything else leaves things as they are.
      if (result.ok && takeSession(result.value)) queries.setQueryData(sessionQuery.queryKey, result.value);
    };
    const timer = window.setInterval(() => void look(), LOOK_AGAIN_MS);
    const onFocus = () => void look();
    window.addEventListener('focus', onFocus);
    const stop = onRefused(() => void look());
    return () => {
      window.clearInterval(timer);
      window.removeEventListener('focus', onFocus);
      stop();
    };
  }, [queries]);
}
