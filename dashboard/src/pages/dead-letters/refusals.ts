import { advice } from '../../api/advice';
import type { ApiError } from '../../api/error';

/** Why many were refused, each reason once, the most frequent first. */
export function refusals(errors: readonly ApiError[]): { words: string; times: number }[] {
  const times = new Map<string, number>();
  for (const error of errors) {
    const words = `${error.title}: ${error.detail}. ${advice(error)}`.replace(/\.\.\s/, '. ');
    times.set(words, (times.get(words) ?? 0) + 1);
  }
  return [...times].map(([words, count]) => ({ words, times: count })).sort((a, b) => b.times - a.times);
}
