import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../app/app-route';

const system = createRoute({
  getParentRoute: () => appRoute,
  path: 'system',
  component: lazyRouteComponent(() => import('./system-page'), 'SystemPage'),
});

export const systemRoutes = [system] as const;
