import { instant, oneOf, present, text } from '../../app/search';

export const TABS = ['overview', 'deliveries', 'settings', 'secret', 'test', 'replay', 'danger'] as const;
export type Tab = (typeof TABS)[number];
export const WINDOWS = ['1h', '24h', '7d', '30d'] as const;
export const DELIVERY_STATUSES = ['pending', 'retrying', 'success', 'dead', 'skipped'] as const;
export const REPLAY_STATUSES = ['dead', 'unsent'] as const;

/** What an endpoint's page shows: its tab, and what is chosen there. */
export interface EndpointSearch {
  /** Absent: the overview. */
  tab?: Exclude<Tab, 'overview'>;
  /** Of the overview's charts; absent: 24h. */
  window?: (typeof WINDOWS)[number];
  status?: (typeof DELIVERY_STATUSES)[number];
  event?: string;
  since?: string;
  until?: string;
  cursor?: string;
  /** What is replayed; absent: dead letters. */
  what?: 'unsent';
  /** The replay that is looked at. */
  replay?: string;
}

export function readEndpointSearch(search: Record<string, unknown>): EndpointSearch {
  const [, ...others] = TABS;
  return present({
    tab: oneOf(search.tab, others),
    window: oneOf(search.window, WINDOWS),
    status: oneOf(search.status, DELIVERY_STATUSES),
    event: text(search.event),
    since: instant(search.since),
    until: instant(search.until),
    cursor: text(search.cursor),
    what: oneOf(search.what, ['unsent'] as const),
    replay: text(search.replay),
  });
}

/** Undefined takes something out of the address. */
export type EndpointSearchChange = { [Name in keyof EndpointSearch]?: EndpointSearch[Name] | undefined };
