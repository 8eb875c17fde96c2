import { flag, present, text } from '../../app/search';
import { type TimeRange, timeRange } from '../../ui/time-range';
import { isPattern } from './pattern';

/** Which events, as an address has it. */
export interface EventSearch extends TimeRange {
  /** A type, or a pattern of types. */
  event?: string | undefined;
  /** Those whose time has not come, instead of those that were accepted. */
  scheduled?: true | undefined;
  cursor?: string | undefined;
}

export function readEventSearch(raw: Record<string, unknown>): EventSearch {
  const event = text(raw.event);
  return present({
    event: event !== undefined && isPattern(event) ? event : undefined,
    scheduled: flag(raw.scheduled),
    ...timeRange(raw),
    cursor: text(raw.cursor),
  });
}
