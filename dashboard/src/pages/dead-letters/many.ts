/** Doing one thing to many, a few at a time. */
export interface Progress<Item> {
  done: number;
  total: number;
  failed: readonly { item: Item; error: unknown }[];
}

const AT_A_TIME = 4;

/** Goes on when one fails: what failed is told at the end. Stops early, between two, when `signal` aborts. */
export async function forMany<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<void>,
  { onProgress, signal }: { onProgress: (progress: Progress<Item>) => void; signal: AbortSignal },
): Promise<Progress<Item>> {
  let progress: Progress<Item> = { done: 0, total: items.length, failed: [] };
  let next = 0;
  const worker = async () => {
    for (;;) {
      const item = items[next];
      next += 1;
      if (item === undefined || signal.aborted) return;
      const failure = await act(item).then(
        () => [],
        (error: unknown) => [{ item, error }],
      );
      // Read only now: the others went on meanwhile.
      progress = { ...progress, done: progress.done + 1, failed: [...progress.failed, ...failure] };
      onProgress(progress);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, items.length) }, worker));
  return progress;
}

/** How many there are, counted page by page and not further than somebody needs to know. */
export interface Count {
  count: number;
  isMore: boolean;
}

interface CountedPage {
  items: readonly unknown[];
  nextCursor: string | null;
}

export async function countUpTo(
  most: number,
  page: (cursor: string) => Promise<CountedPage>,
): Promise<Count> {
  let count = 0;
  let cursor: string | null = '';
  // Pages with filters may be short, or empty, and still have one behind them.
  for (let pages = 0; cursor !== null && pages < 20; pages++) {
    const { items, nextCursor }: CountedPage = await page(cursor);
    count += items.length;
    cursor = nextCursor;
    if (count >= most && cursor !== null) break;
  }
  return { count, isMore: cursor !== null };
}
