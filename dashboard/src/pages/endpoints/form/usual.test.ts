import { expect, test } from 'vitest';
import { newDraft } from './draft';
import { givingUpInWords } from './giving-up-words';
import { givingUpAsUsual, rateInWords, scheduleInWords, USUAL } from './usual';

test('what is configured is said in words', () => {
  expect(scheduleInWords(USUAL)).toBe('1m, 5m, 15m');
  expect(scheduleInWords({ ...USUAL, retrySchedule: ['0s'] })).toBe('0s');
  const growing = { initial: '5s', factor: 4, max: '10h', jitter: 0.2 };
  expect(scheduleInWords({ ...USUAL, retrySchedule: growing })).toBe('growing from 5s to 10h');
  expect(rateInWords(USUAL)).toBe('none');
  expect(rateInWords({ ...USUAL, rateLimitEnabled: true })).toBe('at most 60 a minute, 10 at once');
  expect(givingUpAsUsual(USUAL)).toBe('after 20 failures over 1h');
  expect(givingUpAsUsual({ ...USUAL, autoDisableAfter: null })).toBe('never');
});

test('who says nothing of giving up gets what is configured', () => {
  expect(
    givingUpInWords(newDraft(), { ...USUAL, autoDisableAfter: 7, autoDisableMinDuration: '2h' }),
  ).toMatch(/^After 7 failed attempts in a row over 2 h/);
  expect(givingUpInWords(newDraft(), { ...USUAL, autoDisableAfter: null })).toMatch(/^It is never given up/);
});
