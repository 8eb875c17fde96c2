import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'sources',
  component: lazyRouteComponent(() => import('./sources-page'), 'SourcesPage'),
  validateSearch: (search: Record<string, unknown>): { cursor?: string } =>
    present({ cursor: text(search.cursor) }),
});

export const sourceRoutes = [list] as const;
