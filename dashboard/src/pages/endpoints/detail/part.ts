import type { Endpoint } from '../../../api/types';
import type { EndpointSearch, EndpointSearchChange } from '../endpoint-search';

/** What the tabs are given whose state is in the address. */
export interface TabProps {
  endpoint: Endpoint;
  search: EndpointSearch;
  set: (change: EndpointSearchChange) => void;
}
