import { expect, test } from 'vitest';
import { ApiError } from '../../api/error';
import { refusals } from './refusals';

const refused = (slug: string, detail: string) => new ApiError({ slug, title: slug, detail, status: 409 });

test('each reason is told once, with what to do, the most frequent first', () => {
  const told = refusals([
    refused('payload-expired', 'it is gone'),
    refused('endpoint-not-active', 'its endpoint is disabled'),
    refused('endpoint-not-active', 'its endpoint is disabled'),
  ]);
  expect(told.map(({ times }) => times)).toEqual([2, 1]);
  expect(told[0]?.words).toMatch(
    /^endpoint-not-active: its endpoint is disabled\. Set its endpoint to active/,
  );
  expect(told[1]?.words).toMatch(/cannot be sent again/);
});
