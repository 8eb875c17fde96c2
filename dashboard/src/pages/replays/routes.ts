import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'replays',
  validateSearch: (raw: Record<string, unknown>): { cursor?: string } =>
    present({ cursor: text(raw.cursor) }),
  component: lazyRouteComponent(() => import('./replays-page'), 'ReplaysPage'),
});

const one = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'replays/$replayId',
  component: lazyRouteComponent(() => import('./replay-page'), 'ReplayPage'),
});

export const replayRoutes = [list, one] as const;
