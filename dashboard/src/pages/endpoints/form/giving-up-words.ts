import type { EndpointDefaults } from '../../../api/schema';
import { duration, number } from '../../../ui/format';
import type { Draft } from './draft';
import { spanMs } from './span';

/** What happens, in a sentence. */
export function givingUpInWords(
  { giveUp, autoDisableAfter, autoDisableMinDuration }: Draft,
  usual: EndpointDefaults,
): string {
  const times = giveUp === 'after' && autoDisableAfter !== '' ? autoDisableAfter : usual.autoDisableAfter;
  if (giveUp === 'never' || times === null)
    return 'It is never given up for failing; only a 410 turns it off.';
  const span =
    giveUp === 'after' && autoDisableMinDuration !== ''
      ? autoDisableMinDuration
      : usual.autoDisableMinDuration;
  const ms = spanMs(span);
  const over = ms === undefined || ms === 0 ? '' : ` over ${duration(ms)} or more`;
  return `After ${number(times)} failed attempts in a row${over} it is “failed”: what is owed to it becomes dead letters, and new events are not owed to it until somebody enables it.`;
}
