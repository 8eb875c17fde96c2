import { Container } from '@mantine/core';
import { createRootRouteWithContext, Outlet } from '@tanstack/react-router';
import type { RouterContext } from './context';
import { NotFound } from './not-found';

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: () => (
    <Container component="main" py="xl">
      <NotFound />
    </Container>
  ),
});
