import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'endpoints',
  component: lazyRouteComponent(() => import('./endpoints-page'), 'EndpointsPage'),
});

export const endpointRoutes = [list] as const;
