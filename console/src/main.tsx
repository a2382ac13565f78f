// Where the console begins.
import '@patternfly/react-core/dist/styles/base.css';
import './app/console.css';
import './app/dense.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { router } from './app/router';
import { followTheme } from './app/theme';
import { NoticeProvider } from './app/notices';
import { sendOnce } from './app/once';
import { queries } from './app/queries';

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
