import type { Role } from '../../api/types';

interface Named {
  role: Role;
  text: string;
  /** In a sentence. */
  may: string;
}

export const ROLES: readonly Named[] = [
  {
    role: 'viewer',
    text: 'Viewer',
    may: 'Looks at everything of the tenant but its keys and its audit log, and changes nothing.',
  },
  {
    role: 'producer',
    text: 'Producer',
    may: 'Publishes events, and neither reads nor changes anything. For programs.',
  },
  {
    role: 'editor',
    text: 'Editor',
    may: 'Publishes, and makes and changes endpoints, sources and event types; retries and replays.',
  },
  { role: 'admin', text: 'Admin', may: 'All of an editor, and the tenant’s keys and audit log.' },
  {
    role: 'operator',
    text: 'Operator',
    may: 'Everything of every tenant, the tenants themselves, and the system.',
  },
];

export const roleText = (role: string): string => ROLES.find((one) => one.role === role)?.text ?? role;

const MAY = [
  { what: 'Publish events', roles: ['producer', 'editor', 'admin', 'operator'] },
  { what: 'See endpoints, events, deliveries', roles: ['viewer', 'editor', 'admin', 'operator'] },
  { what: 'Change endpoints, sources, event types; retry, replay', roles: ['editor', 'admin', 'operator'] },
  { what: 'Manage keys, see the audit log', roles: ['admin', 'operator'] },
  { what: 'Manage tenants and the system', roles: ['operator'] },
] as const;

export interface Right {
  what: string;
  has: boolean[];
}

/** What the roles may, one right a row, in the order of the roles given. */
export function rights(roles: readonly Role[]): Right[] {
  return MAY.filter(({ roles: who }) => roles.some((role) => includes(who, role))).map(
    ({ what, roles: who }) => ({
      what,
      has: roles.map((role) => includes(who, role)),
    }),
  );
}

const includes = (roles: readonly string[], role: string) => roles.includes(role);

/** The roles that somebody may give: nobody gives more than their own scope. */
export function givable(isOperator: boolean): Role[] {
  return ROLES.map(({ role }) => role).filter((role) => isOperator || role !== 'operator');
}

/** What a key may be changed to: an operator's stays one, and no other becomes one. */
export function changeable(role: Role): Role[] {
  return role === 'operator' ? ['operator'] : givable(false);
}
