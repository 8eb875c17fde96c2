import { Divider, NavLink, Stack, Text } from '@mantine/core';
import {
  IconBuilding,
  IconChartHistogram,
  IconHistory,
  IconKey,
  IconMailbox,
  IconMailOff,
  IconPlugConnected,
  IconSend,
  IconServer,
  IconTags,
  IconWebhook,
} from '@tabler/icons-react';
import { useLocation } from '@tanstack/react-router';
import type { Permission } from '../api/types';
import { useSession } from '../session/hooks';
import { NavigationLink } from '../ui/links';

interface Entry {
  label: string;
  icon: typeof IconKey;
  to:
    | '/t/$tenant/overview'
    | '/t/$tenant/endpoints'
    | '/t/$tenant/events'
    | '/t/$tenant/deliveries'
    | '/t/$tenant/dead-letters'
    | '/t/$tenant/event-types'
    | '/t/$tenant/sources'
    | '/t/$tenant/keys'
    | '/t/$tenant/audit-log'
    | '/t/$tenant/publish';
  needs: Permission;
  /** The pages that belong to it and stand in no address below it. */
  also?: readonly string[];
}

const ENTRIES: readonly Entry[] = [
  { label: 'Overview', icon: IconChartHistogram, to: '/t/$tenant/overview', needs: 'read' },
  { label: 'Endpoints', icon: IconWebhook, to: '/t/$tenant/endpoints', needs: 'read' },
  { label: 'Events', icon: IconMailbox, to: '/t/$tenant/events', needs: 'read', also: ['publish'] },
  { label: 'Deliveries', icon: IconSend, to: '/t/$tenant/deliveries', needs: 'read' },
  {
    label: 'Dead letters',
    icon: IconMailOff,
    to: '/t/$tenant/dead-letters',
    needs: 'read',
    also: ['replays'],
  },
  { label: 'Event types', icon: IconTags, to: '/t/$tenant/event-types', needs: 'read' },
  {
    label: 'Sources',
    icon: IconPlugConnected,
    to: '/t/$tenant/sources',
    needs: 'read',
    also: ['unroutable'],
  },
  { label: 'Keys', icon: IconKey, to: '/t/$tenant/keys', needs: 'manage-keys' },
  { label: 'Audit log', icon: IconHistory, to: '/t/$tenant/audit-log', needs: 'audit' },
];

/** For who reads nothing; the others find it at the events. */
const PUBLISH: Entry = {
  label: 'Publish an event',
  icon: IconSend,
  to: '/t/$tenant/publish',
  needs: 'publish',
};

/** Where one can go with this key. `tenant` is null while an operator has chosen none. */
export function Navigation({ tenant, onGo }: { tenant: string | null; onGo: () => void }) {
  const { can } = useSession();
  const page = useLocation({ select: ({ pathname }) => pathname.split('/')[3] ?? '' });
  const entries = (can('read') ? ENTRIES : [PUBLISH]).filter((entry) => can(entry.needs));
  return (
    <Stack gap={2}>
      {tenant === null && (
        <Text size="sm" c="dimmed" px="sm" pb={4}>
          Choose a tenant to see what it has.
        </Text>
      )}
      {entries.map(({ label, icon: Icon, to, also = [] }) =>
        tenant === null ? (
          <NavLink
            key={to}
            component="button"
            disabled
            label={label}
            leftSection={<Icon size={18} aria-hidden />}
          />
        ) : (
          <NavigationLink
            key={to}
            to={to}
            params={{ tenant }}
            label={label}
            leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
            activeProps={{ active: true }}
            activeOptions={{ includeSearch: false }}
            {...(also.includes(page) ? { active: true, 'aria-current': 'true' as const } : {})}
            onClick={onGo}
          />
        ),
      )}
      {can('manage-tenants') && (
        <>
          <Divider my="xs" label="Instance" labelPosition="left" />
          <NavigationLink
            to="/tenants"
            label="Tenants"
            leftSection={<IconBuilding size={18} stroke={1.6} aria-hidden />}
            activeProps={{ active: true }}
            activeOptions={{ includeSearch: false }}
            onClick={onGo}
          />
          <NavigationLink
            to="/system"
            label="System"
            leftSection={<IconServer size={18} stroke={1.6} aria-hidden />}
            activeProps={{ active: true }}
            activeOptions={{ includeSearch: false }}
            onClick={onGo}
          />
        </>
      )}
    </Stack>
  );
}
