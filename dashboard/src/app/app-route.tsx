import { createRoute, redirect } from '@tanstack/react-router';
import { Shell } from '../shell/shell';
import { rootRoute } from './root-route';
import { ownPath } from './search';

/** Everything behind the sign-in. */
export const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  component: Shell,
  beforeLoad: ({ context, location }) => {
    const { state } = context.session.get();
    if (state === 'in') return;
    const to = ownPath(location.href);
    throw redirect({ to: '/sign-in', search: to === undefined || to === '/' ? {} : { to }, replace: true });
  },
});
