import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';
import { readEndpointSearch } from './endpoint-search';
import { readListSearch } from './list-search';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'endpoints',
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import('./endpoints-page'), 'EndpointsPage'),
});

const create = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'endpoints/new',
  component: lazyRouteComponent(() => import('./new-endpoint-page'), 'NewEndpointPage'),
});

const one = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'endpoints/$endpointId',
  validateSearch: readEndpointSearch,
  component: lazyRouteComponent(() => import('./endpoint-page'), 'EndpointPage'),
});

export const endpointRoutes = [list, create, one] as const;
