import { QueryClient } from '@tanstack/react-query';
import { isPassing } from './advice';
import { isApiError } from './error';

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A node on this machine answers without the internet, whatever the browser thinks of the network.
        networkMode: 'always',
        staleTime: 5_000,
        retry: (failures, error) =>
          failures < 1 && isApiError(error) && error.slug !== 'no-answer-in-time' && isPassing(error),
        retryDelay: 700,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
