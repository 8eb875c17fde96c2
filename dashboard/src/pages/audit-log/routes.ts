import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { flag, oneOf, present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';
import { type TimeRange, timeRange } from '../../ui/time-range';
import { ACTIONS, type Action } from './sentence';

export interface AuditSearch extends TimeRange {
  action?: Action;
  subject?: string;
  keyId?: string;
  /** Of all tenants, and what is of none. */
  whole?: true;
  cursor?: string;
}

const KEY_ID = /^key_[0-9a-z]{26}$/;

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'audit-log',
  component: lazyRouteComponent(() => import('./audit-log-page'), 'AuditLogPage'),
  validateSearch: (search: Record<string, unknown>): AuditSearch => {
    const keyId = text(search.keyId);
    return present({
      action: oneOf(search.action, ACTIONS),
      subject: text(search.subject),
      keyId: keyId !== undefined && KEY_ID.test(keyId) ? keyId : undefined,
      ...timeRange(search),
      whole: flag(search.whole),
      cursor: text(search.cursor),
    });
  },
});

export const auditLogRoutes = [list] as const;
