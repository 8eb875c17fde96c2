import type { Endpoint, Event } from '../../api/types';
import { matchesPattern } from './pattern';

/** Why an endpoint is not among those that an event is owed to. */
export interface Unsent {
  endpoint: Endpoint;
  reason: 'made-later' | 'not-subscribed' | 'channels' | 'filter' | 'off' | 'changed' | 'unknown';
  text: string;
}

/** What the API's match operation says of the filter; undefined where it was not asked. */
export type Filtered = { matches: boolean; failing: readonly string[] } | undefined;

export type Published = Pick<Event, 'event' | 'channels' | 'createdAt'>;

/** Whether only the filter, which the API has to be asked about, can say why. */
export function needsFilter(endpoint: Endpoint, event: Published): boolean {
  return endpoint.filter !== null && settingsReason(endpoint, event) === undefined;
}

type Reason = Pick<Unsent, 'reason' | 'text'>;

/** From its settings as they are now: they may have been others when the event was published. */
export function unsent(endpoint: Endpoint, event: Published, filtered: Filtered): Unsent {
  const found =
    settingsReason(endpoint, event) ?? filterReason(endpoint, filtered) ?? otherwise(endpoint, event);
  return { endpoint, ...found };
}

function settingsReason(endpoint: Endpoint, event: Published): Reason | undefined {
  if (Date.parse(endpoint.createdAt) > Date.parse(event.createdAt))
    return {
      reason: 'made-later',
      text: 'It was made after the event. A backfill (replay of “unsent” events) brings it what came before.',
    };
  if (!endpoint.events.some((pattern) => matchesPattern(pattern, event.event)))
    return {
      reason: 'not-subscribed',
      text: `It is not subscribed: ${event.event} is none of ${shortList(endpoint.events)}.`,
    };
  if (endpoint.channels.length > 0 && !endpoint.channels.some((channel) => event.channels.includes(channel)))
    return {
      reason: 'channels',
      text:
        event.channels.length === 0
          ? `It wants events of the channels ${shortList(endpoint.channels)}; this one names none.`
          : `It wants the channels ${shortList(endpoint.channels)}; this event names ${shortList(event.channels)}.`,
    };
  return undefined;
}

function filterReason(endpoint: Endpoint, filtered: Filtered): Reason | undefined {
  if (endpoint.filter === null) return undefined;
  if (filtered === undefined)
    return {
      reason: 'unknown',
      text: 'It has a filter, which could not be tried on this event: the filter may have held it back.',
    };
  if (filtered.matches) return undefined;
  const what = filtered.failing.length === 0 ? '' : `, because of ${shortList(filtered.failing)}`;
  return { reason: 'filter', text: `Its filter does not let the event through${what}.` };
}

function otherwise(endpoint: Endpoint, event: Published): Reason {
  if (endpoint.status === 'disabled' || endpoint.status === 'failed')
    return {
      reason: 'off',
      text: `It is ${endpoint.status}: new events are not owed to it. Once it is active again, a backfill brings what it missed.`,
    };
  const changed = Date.parse(endpoint.updatedAt) > Date.parse(event.createdAt);
  return {
    reason: 'changed',
    text: changed
      ? 'As it is set now it would get this event; it was changed since, and may have been off or set otherwise then.'
      : 'As it is set now it would get this event. It may have been off when the event was published.',
  };
}

const MOST = 5;

function shortList(texts: readonly string[]): string {
  const shown = texts.slice(0, MOST).map((text) => (text.length > 80 ? `${text.slice(0, 80)}…` : text));
  const more = texts.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
