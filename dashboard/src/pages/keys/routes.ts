import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { flag, present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';

export interface KeySearch {
  /** Of all tenants, and operators' own. */
  whole?: true;
  cursor?: string;
}

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'keys',
  component: lazyRouteComponent(() => import('./keys-page'), 'KeysPage'),
  validateSearch: (search: Record<string, unknown>): KeySearch =>
    present({ whole: flag(search.whole), cursor: text(search.cursor) }),
});

export const keyRoutes = [list] as const;
