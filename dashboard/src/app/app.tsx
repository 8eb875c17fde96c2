import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { createQueryClient } from '../api/query-client';
import { useSessionState } from '../session/hooks';
import { ResumeFailed } from '../session/resume-failed';
import { session } from '../session/store';
import { forgetTenant } from '../session/tenant';
import { theme, variables } from '../ui/theme';
import { ToastProvider } from '../ui/toast';
import { focusHeadings } from './focus';
import { makeRouter } from './router';

export function App() {
  const [queries] = useState(createQueryClient);
  const [router] = useState(() => makeRouter({ session, queries }));
  const state = useSessionState();
  useEffect(() => focusHeadings(router), [router]);
  useEffect(() => {
    void session.resume();
  }, []);
  useEffect(
    () =>
      session.subscribe(() => {
        const { state, ...more } = session.get();
        if (state !== 'out') return;
        // Nothing of what this key could see stays for the next one.
        queries.clear();
        if ('reason' in more && more.reason === 'signed-out') {
          forgetTenant();
          void router.navigate({ to: '/sign-in', replace: true });
        } else void router.invalidate();
      }),
    [router, queries],
  );
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <ToastProvider>
          {state.state === 'failed' && <ResumeFailed error={state.error} />}
          {(state.state === 'in' || state.state === 'out') && <RouterProvider router={router} />}
        </ToastProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
