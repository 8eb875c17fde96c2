import { createRoute, redirect } from '@tanstack/react-router';
import { createApiClient, take } from '../api/client';
import { may } from '../session/store';
import { lastTenant } from '../session/tenant';
import { appRoute } from './app-route';

/** `/` leads to the overview of the key's tenant; of an operator's last one, or the first there is. Who reads nothing comes to publish. */
export const homeRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/',
  beforeLoad: async ({ context }) => {
    const session = context.session.get();
    if (session.state !== 'in') return;
    const { key, who } = session;
    if (who.tenantId !== null && !may(session, 'read'))
      throw redirect({ to: '/t/$tenant/publish', params: { tenant: who.tenantId }, replace: true });
    const own = who.tenantId ?? lastTenant();
    if (own !== null) throw redirect({ to: '/t/$tenant/overview', params: { tenant: own }, replace: true });
    const client = createApiClient({
      key,
      tenant: null,
      onUnauthorized: () => context.session.end('key-refused'),
    });
    const page = await take(client.GET('/api/v1/tenants', { params: { query: { limit: 1 } } }));
    const first = page.items[0];
    if (first) throw redirect({ to: '/t/$tenant/overview', params: { tenant: first.id }, replace: true });
    throw redirect({ to: '/tenants', replace: true });
  },
});
