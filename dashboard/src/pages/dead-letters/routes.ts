import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'dead-letters',
  component: lazyRouteComponent(() => import('./dead-letters-page'), 'DeadLettersPage'),
});

export const deadLetterRoutes = [list] as const;
