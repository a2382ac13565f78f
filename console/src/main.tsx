// Where the console begins.
import '@patternfly/react-core/dist/styles/base.css';
import './app/console.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { problemOf } from './api/problem';
import { router } from './app/router';
import { followTheme } from './app/theme';
import { NoticeProvider } from './app/notices';

/** How often something that only reads is tried again when the server did not answer. */
const RETRIES_MAX = 2;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refused it refuses again.
      retry: (count, thrown) => count < RETRIES_MAX && [0, 503].includes(problemOf(thrown).status),
    },
  },
});

followTheme();
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
