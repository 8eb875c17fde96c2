import { Tooltip } from '@mantine/core';
import { useTicking } from '../prefs/clock';
import { useZone } from '../prefs/hooks';
import { exact, relative } from './format';
import classes from './time.module.css';

interface Props {
  /** RFC 3339. Null and undefined: it did not happen. */
  at: string | null | undefined;
  /** The exact time instead of how long ago; the other stands in the hint. */
  exactly?: boolean;
  /** What stands there when it did not happen. */
  never?: string;
}

/** When something was: relative, and exact in local time and in UTC on hover and focus. */
export function Time({ at, exactly = false, never = 'never' }: Props) {
  const zone = useZone();
  const time = at === null || at === undefined ? Number.NaN : Date.parse(at);
  const ago = useTicking((now) => (Number.isNaN(time) ? never : relative(time, now)));
  if (at === null || at === undefined || Number.isNaN(time))
    return <span className={classes.never}>{never}</span>;
  const local = exact(time, 'local');
  const utc = exact(time, 'utc');
  return (
    <Tooltip
      multiline
      events={{ hover: true, focus: true, touch: true }}
      label={
        <>
          {exactly ? `${ago} · ` : ''}
          {local}
          <br />
          {utc}
        </>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time has to be reached by keyboard too */}
      <time dateTime={at} tabIndex={0} className={`${classes.time} hy-above`}>
        {exactly ? (zone === 'utc' ? utc : local) : ago}
      </time>
    </Tooltip>
  );
}
