import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';
import { readEventSearch } from './search';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'events',
  validateSearch: readEventSearch,
  component: lazyRouteComponent(() => import('./events-page'), 'EventsPage'),
});

const one = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'events/$eventId',
  component: lazyRouteComponent(() => import('./event-page'), 'EventPage'),
});

/** Not below events/: a producer may call an event "publish". */
const publish = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'publish',
  validateSearch: (raw: Record<string, unknown>): { event?: string } => present({ event: text(raw.event) }),
  component: lazyRouteComponent(() => import('./publish-page'), 'PublishPage'),
});

export const eventRoutes = [list, one, publish] as const;
