import { useEffect, useRef, useState } from 'react';
import type { StreamedAttempt } from '../../api/types';
import { useLive } from '../../live/hooks';
import { throttle } from '../../live/throttle';

/** Not counted further: nobody reads the difference. */
export const MOST_COUNTED = 999;
const TOLD_EVERY_MS = 500;

interface News {
  /** Deliveries with attempts since the list was loaded. */
  count: number;
  /** Something may have been missed. */
  hasGap: boolean;
}

const NONE: News = { count: 0, hasGap: false };

/**
 * What a list does not show yet. It is counted and not put in: rows that somebody reads do not move. `of` is what the
 * list shows now: counting begins anew when it changes.
 */
export function useNewAttempts(
  matters: (attempt: StreamedAttempt) => boolean,
  { of, isOn }: { of: string; isOn: boolean },
): News {
  const [news, setNews] = useState(NONE);
  const seen = useRef({ deliveries: new Set<string>(), hasGap: false });
  const told = useRef<ReturnType<typeof throttle>>(undefined);
  useEffect(() => {
    const made = throttle(
      () => setNews({ count: seen.current.deliveries.size, hasGap: seen.current.hasGap }),
      TOLD_EVERY_MS,
    );
    told.current = made;
    return made.cancel;
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: of is what it starts anew for
  useEffect(() => {
    seen.current = { deliveries: new Set(), hasGap: false };
    setNews(NONE);
  }, [of, isOn]);
  useLive(
    {
      onAttempt: (attempt) => {
        const { deliveries } = seen.current;
        if (deliveries.size > MOST_COUNTED || !matters(attempt)) return;
        deliveries.add(attempt.deliveryId);
        told.current?.run();
      },
      onGap: () => {
        seen.current.hasGap = true;
        told.current?.run();
      },
    },
    isOn,
  );
  return news;
}
