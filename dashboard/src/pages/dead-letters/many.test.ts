import { describe, expect, test } from 'vitest';
import { countUpTo, forMany, type Progress } from './many';

describe('one thing to many', () => {
  test('all are done, four at a time, and those that failed are told', async () => {
    let now = 0;
    let most = 0;
    const seen: Progress<number>[] = [];
    const end = await forMany(
      Array.from({ length: 10 }, (_, n) => n),
      async (item) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 1));
        now -= 1;
        if (item % 3 === 0) throw new Error(`no ${item}`);
      },
      { onProgress: (progress) => seen.push(progress), signal: new AbortController().signal },
    );
    expect(most).toBe(4);
    expect(end).toMatchObject({ done: 10, total: 10 });
    expect(end.failed.map(({ item }) => item).sort()).toEqual([0, 3, 6, 9]);
    expect(seen.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('goes no further once it is stopped', async () => {
    const stop = new AbortController();
    const end = await forMany(
      Array.from({ length: 100 }, (_, n) => n),
      async () => stop.abort(),
      { onProgress: () => undefined, signal: stop.signal },
    );
    expect(end.done).toBeLessThan(10);
  });

  test('of none is done at once', async () => {
    const end = await forMany([], () => Promise.resolve(), {
      onProgress: () => undefined,
      signal: new AbortController().signal,
    });
    expect(end).toEqual({ done: 0, total: 0, failed: [] });
  });
});

describe('counting', () => {
  const pages = (sizes: readonly number[]) => (cursor: string) => {
    const at = Number(cursor || 0);
    return Promise.resolve({
      items: Array.from({ length: sizes[at] ?? 0 }),
      nextCursor: at + 1 < sizes.length ? String(at + 1) : null,
    });
  };

  test('to the end, over empty pages', async () => {
    expect(await countUpTo(1000, pages([250, 0, 3]))).toEqual({ count: 253, isMore: false });
  });

  test('no further than wanted', async () => {
    expect(await countUpTo(500, pages([250, 250, 250]))).toEqual({ count: 500, isMore: true });
    expect(await countUpTo(500, pages([250, 250]))).toEqual({ count: 500, isMore: false });
  });

  test('not through pages without end', async () => {
    const end = await countUpTo(500, () => Promise.resolve({ items: [], nextCursor: 'x' }));
    expect(end).toEqual({ count: 0, isMore: true });
  });
});
