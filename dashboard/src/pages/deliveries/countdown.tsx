import { useTicking } from '../../prefs/clock';
import { Time } from '../../ui/time';
import { countdown } from './timeline';

/** When the next attempt is due: the time that is left, and when that is. */
export function Countdown({ at }: { at: string }) {
  const left = useTicking((now) => countdown(at, now) ?? '');
  return (
    <>
      {left === '' ? 'due, waits for its endpoint' : `in ${left}`} (<Time at={at} exactly />)
    </>
  );
}
