import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'audit-log',
  component: lazyRouteComponent(() => import('./audit-log-page'), 'AuditLogPage'),
});

export const auditLogRoutes = [list] as const;
