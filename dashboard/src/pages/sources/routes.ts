import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'sources',
  component: lazyRouteComponent(() => import('./sources-page'), 'SourcesPage'),
});

export const sourceRoutes = [list] as const;
