// Where the console begins.
import '@patternfly/react-core/dist/styles/base.css';
import './app/console.css';
import './app/dense.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { problemOf, type Problem } from './api/problem';
import { router } from './app/router';
import { followTheme } from './app/theme';
import { NoticeProvider } from './app/notices';
import { sendOnce } from './app/once';

/** How often something that only reads is tried again when the server did not answer. */
const RETRIES_MAX = 2;
/** A server that asks for a longer pause gets it: then the page says when. */
const RETRY_AFTER_SECONDS_MAX = 2;

/** Tried again in a moment, unless the server asks for more time than that. */
function isWorthwhile({ status, retryAfter }: Problem): boolean {
  return [0, 503].includes(status) && (retryAfter ?? 0) <= RETRY_AFTER_SECONDS_MAX;
}

const queries = new QueryClient({
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

followTheme();
sendOnce();
const root = document.getElementById('console');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <NoticeProvider><RouterProvider router={router} /></NoticeProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
