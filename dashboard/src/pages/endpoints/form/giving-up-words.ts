import { duration, number } from '../../../ui/format';
import { type Draft, USUAL } from './draft';
import { spanMs } from './span';

/** What happens, in a sentence. */
export function givingUpInWords({ giveUp, autoDisableAfter, autoDisableMinDuration }: Draft): string {
  if (giveUp === 'never') return 'It is never given up for failing; only a 410 turns it off.';
  const times = giveUp === 'after' && autoDisableAfter !== '' ? autoDisableAfter : USUAL.autoDisableAfter;
  const span =
    giveUp === 'after' && autoDisableMinDuration !== ''
      ? autoDisableMinDuration
      : USUAL.autoDisableMinDuration;
  const ms = spanMs(span);
  const over = ms === undefined || ms === 0 ? '' : ` over ${duration(ms)} or more`;
  return `After ${number(times)} failed attempts in a row${over} it is “failed”: what is owed to it becomes dead letters, and new events are not owed to it until somebody enables it.`;
}
