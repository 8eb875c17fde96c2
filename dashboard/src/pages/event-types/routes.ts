import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';

export interface EventTypeSearch {
  /** The one that is looked at. */
  type?: string;
  cursor?: string;
}

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'event-types',
  component: lazyRouteComponent(() => import('./event-types-page'), 'EventTypesPage'),
  validateSearch: (search: Record<string, unknown>): EventTypeSearch =>
    present({ type: text(search.type), cursor: text(search.cursor) }),
});

export const eventTypeRoutes = [list] as const;
