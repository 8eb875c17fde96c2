import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, present } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';
import { WINDOWS, type Window } from './window';

const overview = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'overview',
  component: lazyRouteComponent(() => import('./overview-page'), 'OverviewPage'),
  validateSearch: (search: Record<string, unknown>): { window?: Window } =>
    present({ window: oneOf(search.window, WINDOWS) }),
});

export const overviewRoutes = [overview] as const;
