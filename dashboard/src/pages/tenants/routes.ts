import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../app/app-route';
import { present, text } from '../../app/search';

const list = createRoute({
  getParentRoute: () => appRoute,
  path: 'tenants',
  component: lazyRouteComponent(() => import('./tenants-page'), 'TenantsPage'),
  validateSearch: (search: Record<string, unknown>): { cursor?: string } =>
    present({ cursor: text(search.cursor) }),
});

export const tenantRoutes = [list] as const;
