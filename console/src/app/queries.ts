// What was asked of the server and is kept, for all pages.
import { QueryClient } from '@tanstack/react-query';
import { problemOf, type Problem } from '../api/problem';

/** How often something that only reads is tried again when the server did not answer. */
const RETRIES_MAX = 2;
/** A server that asks for a longer pause gets it: then the page says when. */
const RETRY_AFTER_SECONDS_MAX = 2;

/** Tried again in a moment, unless the server asks for more time than that. */
function isWorthwhile({ status, retryAfter }: Problem): boolean {
  return [0, 503].includes(status) && (retryAfter ?? 0) <= RETRY_AFTER_SECONDS_MAX;
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refused it refuses again.
      retry: (count, thrown) => count < RETRIES_MAX && isWorthwhile(problemOf(thrown)),
      // Whether there is a connection is seen by what answers.
      networkMode: 'always',
    },
    // What failed is said at once, and never sent later unasked.
    mutations: { networkMode: 'always' },
  },
});
