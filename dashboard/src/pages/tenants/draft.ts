import type { Tenant } from '../../api/types';
import { TENANT_ID } from '../../session/tenant';

/** A tenant as it is typed. Limits are empty where there is none. */
export interface Draft {
  id: string;
  name: string;
  rate: string;
  endpoints: string;
  perUser: string;
}

export const EMPTY: Draft = { id: '', name: '', rate: '', endpoints: '', perUser: '' };

const typed = (limit: number | null) => (limit === null ? '' : String(limit));

export function draftOf(tenant: Tenant): Draft {
  return {
    id: tenant.id,
    name: tenant.name,
    rate: typed(tenant.maxDeliveriesPerSecond),
    endpoints: typed(tenant.maxEndpoints),
    perUser: typed(tenant.maxEndpointsPerUser),
  };
}

/** What is wrong with it, field by field. */
export function faults({ id, name, rate, endpoints, perUser }: Draft, isNew: boolean): Partial<Draft> {
  const found: Partial<Draft> = {};
  if (isNew && id !== '' && !TENANT_ID.test(id)) {
    found.id = 'Only a to z, 0 to 9, _ and -, and 63 of them at most.';
  }
  if (name.trim() === '') found.name = 'Say who it is.';
  if (isLimit(rate, 1, 100_000) === undefined) found.rate = 'A whole number of 1 to 100,000, or nothing.';
  if (isLimit(endpoints, 0, 1_000_000) === undefined)
    found.endpoints = 'A whole number of 0 to 1,000,000, or nothing.';
  if (isLimit(perUser, 0, 1_000_000) === undefined)
    found.perUser = 'A whole number of 0 to 1,000,000, or nothing.';
  return found;
}

/** The number that is typed, null for none, undefined for what is no such number. */
function isLimit(text: string, least: number, most: number): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const value = /^\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

export interface Limits {
  maxDeliveriesPerSecond: number | null;
  maxEndpoints: number | null;
  maxEndpointsPerUser: number | null;
}

export function limitsOf({ rate, endpoints, perUser }: Draft): Limits {
  return {
    maxDeliveriesPerSecond: isLimit(rate, 1, 100_000) ?? null,
    maxEndpoints: isLimit(endpoints, 0, 1_000_000) ?? null,
    maxEndpointsPerUser: isLimit(perUser, 0, 1_000_000) ?? null,
  };
}
