import type { Match } from '../../../api/schema';
import { list } from '../../../ui/format';

/** Why an event comes to an endpoint, or what keeps it away. */
export function matchInWords({ matches, pattern, channels, filter }: Match): string {
  if (matches)
    return `Its type is of ${pattern ?? 'a pattern'}${filter ? ', and the filter lets it through' : ''}.`;
  const why: string[] = [];
  if (pattern === null) why.push('its type is of none of the endpoint’s patterns');
  if (channels?.matches === false) why.push(`it bears none of the channels ${list(channels.wanted)}`);
  if (filter?.matches === false) why.push('the filter does not let it through');
  const said = list(why);
  return said === '' ? '' : `${said[0]?.toUpperCase() ?? ''}${said.slice(1)}.`;
}
