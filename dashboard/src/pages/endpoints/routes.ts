import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'endpoints',
  validateSearch: (search: Record<string, unknown>) =>
    present({ status: text(search.status), q: text(search.q) }),
  component: lazyRouteComponent(() => import('./endpoints-page'), 'EndpointsPage'),
});

export const endpointRoutes = [list] as const;
