import { oneOf, present, text } from '../../app/search';
import { type DeliverySearch, readDeliverySearch } from '../deliveries/search';

export const TABS = ['overview', 'deliveries', 'settings', 'secret', 'test', 'replay', 'danger'] as const;
export type Tab = (typeof TABS)[number];
export const WINDOWS = ['1h', '24h', '7d', '30d'] as const;
export const REPLAY_STATUSES = ['dead', 'unsent'] as const;

/** What an endpoint's page shows: its tab, and what is chosen there, as which of its deliveries. */
export interface EndpointSearch extends Omit<DeliverySearch, 'endpoint' | 'paused'> {
  /** Absent: the overview. */
  tab?: Exclude<Tab, 'overview'>;
  /** Of the overview's charts; absent: 24h. */
  window?: (typeof WINDOWS)[number];
  /** What is replayed; absent: dead letters. */
  what?: 'unsent';
  /** The replay that is looked at. */
  replay?: string;
}

export function readEndpointSearch(search: Record<string, unknown>): EndpointSearch {
  const [, ...others] = TABS;
  const { endpoint: _, paused: __, ...deliveries } = readDeliverySearch(search);
  return present({
    tab: oneOf(search.tab, others),
    window: oneOf(search.window, WINDOWS),
    ...deliveries,
    what: oneOf(search.what, ['unsent'] as const),
    replay: text(search.replay),
  });
}

/** Undefined takes something out of the address. */
export type EndpointSearchChange = { [Name in keyof EndpointSearch]?: EndpointSearch[Name] | undefined };
