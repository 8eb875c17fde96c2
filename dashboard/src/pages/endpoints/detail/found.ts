import { count } from '../../../ui/format';

/** How many there are, counted as far as a page goes. */
export interface Found {
  /** Undefined while it is not known. */
  count: number | undefined;
  /** There are more than were counted. */
  isMore: boolean;
  words: string;
}

export function foundOf(page: { items: readonly unknown[]; nextCursor: string | null } | undefined): Found {
  if (page === undefined) return { count: undefined, isMore: false, words: ' ' };
  const { length } = page.items;
  const isMore = page.nextCursor !== null;
  if (length === 0 && !isMore) return { count: 0, isMore, words: 'There are no dead letters in this range.' };
  return {
    count: length,
    isMore,
    words: `${isMore ? 'More than ' : ''}${count(length, 'dead letter')} ${length === 1 ? 'is' : 'are'} in this range.`,
  };
}
