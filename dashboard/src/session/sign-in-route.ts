import { createRoute, redirect } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route';
import { ownPath, present } from '../app/search';
import { SignInPage } from './sign-in';

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: 'sign-in',
  component: SignInPage,
  validateSearch: (search: Record<string, unknown>): { to?: string } => present({ to: ownPath(search.to) }),
  beforeLoad: ({ context, search }) => {
    if (context.session.get().state === 'in')
      throw redirect({ href: ownPath(search.to) ?? '/', replace: true });
  },
});
