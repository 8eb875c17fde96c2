import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'replays',
  component: lazyRouteComponent(() => import('./replays-page'), 'ReplaysPage'),
});

export const replayRoutes = [list] as const;
