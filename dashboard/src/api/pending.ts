/**
 * What the API answers and docs/openapi.json does not say yet. Each goes from here once `npm run api` brings it.
 */
import type { Endpoint, EndpointStatus, HourStats, Latency, Problem, paths, Role, Stats } from './schema';

export type Permission = 'read' | 'publish' | 'write' | 'audit' | 'manage-keys' | 'manage-tenants';

export interface WhoAmI {
  readonly keyId: string;
  readonly keyName: string;
  readonly role: Role;
  /** Null for an operator's key, which names a tenant with each request. */
  readonly tenantId: string | null;
  readonly permissions: Permission[];
  readonly version: string;
}

export interface TenantHour extends HourStats {
  readonly accepted: number;
  readonly lagMs: Latency | null;
}

export interface TenantStats extends Omit<Stats, 'hours'> {
  readonly accepted: number;
  readonly lagMs: Latency | null;
  readonly waiting: number;
  readonly dead: number;
  /** Oldest first; hours without anything are left out. */
  readonly hours: TenantHour[];
}

export interface EndpointHour {
  readonly hour: string;
  readonly attempts: number;
  readonly failures: number;
}

export interface EndpointStats {
  readonly attempts: number;
  readonly failures: number;
  readonly successRate: number | null;
  readonly meanMs: number | null;
  readonly hours: EndpointHour[];
}

export interface EndpointWithStats extends Endpoint {
  /** There when the list was asked with `stats`. */
  readonly stats?: EndpointStats;
}

export interface EndpointState {
  readonly status: EndpointStatus;
  readonly consecutiveFailures: number;
  readonly failingSince: string | null;
  readonly breaker: { readonly state: 'closed' | 'open' | 'probing'; readonly until: string | null };
  /** It asked to be left alone until then (`Retry-After`). */
  readonly heldUntil: string | null;
  readonly waiting: number;
  readonly nextAttemptAt: string | null;
  /** Who runs its actor. */
  readonly node: string | null;
  /** Null where another node than the one that answers runs it. */
  readonly inFlight: number | null;
  /** Null there too, and without a rate limit. */
  readonly tokens: number | null;
}

export interface DeadLetterGroup {
  readonly deadReason: string;
  readonly webhookId: string;
  readonly webhookName: string;
  readonly count: number;
  readonly newestAt: string;
}

export interface DeadLetterGroups {
  readonly items: DeadLetterGroup[];
  readonly isComplete: boolean;
}

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly found: string;
  readonly advice: string | null;
}

export interface Diagnosis {
  readonly at: string;
  readonly findings: Finding[];
}

interface Get<Answer, Query = never, Path = never> {
  readonly parameters: {
    readonly query?: Query;
    readonly header?: never;
    readonly path?: Path;
    readonly cookie?: never;
  };
  readonly get: {
    readonly parameters: {
      readonly query?: Query;
      readonly header?: never;
      readonly path?: Path;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      readonly 200: {
        readonly headers: Readonly<Record<string, unknown>>;
        readonly content: { readonly 'application/json': Answer };
      };
      readonly default: {
        readonly headers: Readonly<Record<string, unknown>>;
        readonly content: { readonly 'application/problem+json': Problem };
      };
    };
  };
}

type ListEndpointsQuery = NonNullable<paths['/api/v1/webhooks']['get']['parameters']['query']>;

interface Pending {
  readonly '/api/v1/whoami': Get<WhoAmI>;
  readonly '/api/v1/stats': Get<TenantStats, { readonly window?: string }>;
  readonly '/api/v1/dead-letters/groups': Get<DeadLetterGroups>;
  readonly '/api/v1/doctor': Get<Diagnosis>;
  readonly '/api/v1/webhooks/{id}/state': Get<EndpointState, never, { readonly id: string }>;
  readonly '/api/v1/webhooks': Omit<paths['/api/v1/webhooks'], 'get'> &
    Get<
      { readonly items: EndpointWithStats[]; readonly nextCursor: string | null },
      ListEndpointsQuery & { readonly stats?: string }
    >;
}

export type Paths = Omit<paths, keyof Pending> & Pending;
