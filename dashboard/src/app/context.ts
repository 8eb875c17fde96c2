import type { QueryClient } from '@tanstack/react-query';
import type { session } from '../session/store';

export interface RouterContext {
  session: typeof session;
  queries: QueryClient;
}
