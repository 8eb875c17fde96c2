import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'keys',
  component: lazyRouteComponent(() => import('./keys-page'), 'KeysPage'),
});

export const keyRoutes = [list] as const;
