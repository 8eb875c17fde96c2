import { createRoute, notFound, Outlet, redirect } from '@tanstack/react-router';
import { createApiClient, take } from '../api/client';
import { isApiError } from '../api/error';
import { forgetTenant, lastTenant, rememberTenant, TENANT_ID } from '../session/tenant';
import { appRoute } from './app-route';
import { NoSuchTenant } from './no-such-tenant';
import { NotFound } from './not-found';

/** What of the address is not there. */
const NO_TENANT = 'tenant';

/** Everything of one tenant: its id is in the address, so that links carry it. */
export const tenantRoute = createRoute({
  getParentRoute: () => appRoute,
  path: 't/$tenant',
  component: Outlet,
  notFoundComponent: ({ data }) => (data === NO_TENANT ? <NoSuchTenant /> : <NotFound />),
  beforeLoad: async ({ context, params, location, preload }) => {
    const session = context.session.get();
    if (session.state !== 'in') return;
    const { key, who } = session;
    if (who.tenantId !== null) {
      if (who.tenantId === params.tenant) return;
      // A link that somebody of another tenant, or an operator, passed on.
      const rest = location.href.replace(/^\/t\/[^/?#]+/, '');
      throw redirect({ href: `/t/${who.tenantId}${rest}`, replace: true });
    }
    if (!TENANT_ID.test(params.tenant)) throw notFound({ data: NO_TENANT });
    await context.queries.ensureQueryData({
      queryKey: ['', 'tenants', params.tenant],
      queryFn: async ({ signal }) => {
        const client = createApiClient({
          key,
          tenant: null,
          onUnauthorized: () => context.session.end('key-refused'),
        });
        try {
          return await take(
            client.GET('/api/v1/tenants/{id}', { params: { path: { id: params.tenant } }, signal }),
          );
        } catch (error) {
          if (isApiError(error) && error.status === 404) {
            // It is gone: `/` should not lead there again.
            if (lastTenant() === params.tenant) forgetTenant();
            throw notFound({ data: NO_TENANT });
          }
          throw error;
        }
      },
    });
    if (!preload) rememberTenant(params.tenant);
  },
});
