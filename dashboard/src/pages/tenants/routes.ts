import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../app/app-route';

const list = createRoute({
  getParentRoute: () => appRoute,
  path: 'tenants',
  component: lazyRouteComponent(() => import('./tenants-page'), 'TenantsPage'),
});

export const tenantRoutes = [list] as const;
