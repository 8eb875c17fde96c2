import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';
import { type Filter, readFilter } from '../deliveries/search';

interface DeadLetterSearch extends Filter {
  cursor?: string | undefined;
}

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'dead-letters',
  validateSearch: (raw: Record<string, unknown>): DeadLetterSearch =>
    present({ ...readFilter(raw, 'dead'), cursor: text(raw.cursor) }),
  component: lazyRouteComponent(() => import('./dead-letters-page'), 'DeadLettersPage'),
});

export const deadLetterRoutes = [list] as const;
