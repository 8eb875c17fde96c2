import type { StreamedAttempt } from '../../api/types';
import { count } from '../../ui/format';

export const RECENT_MOST = 20;

/** The newest first, each once, and no more than can be looked at. */
export function withNewest(
  recent: readonly StreamedAttempt[],
  come: readonly StreamedAttempt[],
): StreamedAttempt[] {
  const seen = new Set<string>();
  return [...come]
    .reverse()
    .concat(recent)
    .filter((attempt) => {
      const id = attemptId(attempt);
      if (seen.has(id)) return false;
      seen.add(id);
      return true;
    })
    .slice(0, RECENT_MOST);
}

export const attemptId = ({ deliveryId, number }: StreamedAttempt): string => `${deliveryId}/${number}`;

/** What came, for who hears it: a sum now and then instead of every line. */
export function spoken(come: readonly StreamedAttempt[]): string {
  const failed = come.filter(({ outcome }) => outcome !== 'succeeded').length;
  const all = count(come.length, 'new attempt');
  return failed === 0 ? `${all}, none failed` : `${all}, ${failed} failed`;
}
