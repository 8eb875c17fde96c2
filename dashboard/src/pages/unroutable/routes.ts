import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { flag, present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';

export interface UnroutableSearch {
  /** Of all tenants, and what is of none. */
  whole?: true;
  cursor?: string;
}

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'unroutable',
  component: lazyRouteComponent(() => import('./unroutable-page'), 'UnroutablePage'),
  validateSearch: (search: Record<string, unknown>): UnroutableSearch =>
    present({ whole: flag(search.whole), cursor: text(search.cursor) }),
});

export const unroutableRoutes = [list] as const;
