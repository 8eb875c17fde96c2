import { createRouter } from '@tanstack/react-router';
import { auditLogRoutes } from '../pages/audit-log/routes';
import { deadLetterRoutes } from '../pages/dead-letters/routes';
import { deliveryRoutes } from '../pages/deliveries/routes';
import { endpointRoutes } from '../pages/endpoints/routes';
import { eventTypeRoutes } from '../pages/event-types/routes';
import { eventRoutes } from '../pages/events/routes';
import { keyRoutes } from '../pages/keys/routes';
import { overviewRoutes } from '../pages/overview/routes';
import { replayRoutes } from '../pages/replays/routes';
import { sourceRoutes } from '../pages/sources/routes';
import { systemRoutes } from '../pages/system/routes';
import { tenantRoutes } from '../pages/tenants/routes';
import { unroutableRoutes } from '../pages/unroutable/routes';
import { signInRoute } from '../session/sign-in-route';
import { appRoute } from './app-route';
import type { RouterContext } from './context';
import { Crash } from './crash';
import { homeRoute } from './home-route';
import { NotFound } from './not-found';
import { rootRoute } from './root-route';
import { parseSearch, stringifySearch } from './search';
import { tenantRoute } from './tenant-route';

const routeTree = rootRoute.addChildren([
  signInRoute,
  appRoute.addChildren([
    homeRoute,
    tenantRoute.addChildren([
      ...overviewRoutes,
      ...endpointRoutes,
      ...eventRoutes,
      ...eventTypeRoutes,
      ...deliveryRoutes,
      ...deadLetterRoutes,
      ...replayRoutes,
      ...sourceRoutes,
      ...keyRoutes,
      ...auditLogRoutes,
      ...unroutableRoutes,
    ]),
    ...tenantRoutes,
    ...systemRoutes,
  ]),
]);

export function makeRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    context,
    parseSearch,
    stringifySearch,
    // What no page knows is taken out of addresses.
    search: { strict: true },
    defaultErrorComponent: Crash,
    defaultNotFoundComponent: NotFound,
    defaultPreload: 'intent',
    // The pages' chunks are loaded ahead; their data is TanStack Query's.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
