import { Text } from '@mantine/core';
import type { RetrySchedule } from '../../../api/schema';
import { duration } from '../../../ui/format';
import { chance, type Planned, plan, position } from './schedule';
import classes from './timeline.module.css';

const SHOWN = 12;

/** When each attempt would be made if all of them failed. */
export function Timeline({
  schedule,
  maxRetries,
}: {
  schedule: RetrySchedule | undefined;
  maxRetries: number;
}) {
  const planned = schedule && plan(schedule, maxRetries);
  const last = planned?.at(-1);
  if (!schedule || !planned || !last) {
    return (
      <Text size="sm" c="dimmed" className={classes.timeline ?? ''}>
        The times of the attempts stand here once the waits can be read.
      </Text>
    );
  }
  const shown = planned.length > SHOWN ? [...planned.slice(0, SHOWN - 1), last] : planned;
  const left = planned.length - shown.length;
  return (
    <figure className={classes.timeline} style={{ margin: 0 }} aria-label="When attempts are made">
      <div className={classes.line} aria-hidden>
        {planned.map(({ attempt, atMs }) => (
          <span
            key={attempt}
            className={classes.dot}
            data-last={attempt === last.attempt && planned.length > 1}
            style={{ left: `${position(atMs, last.atMs) * 100}%` }}
          />
        ))}
      </div>
      <ol className={classes.attempts}>
        {shown.map((one) => (
          <li key={one.attempt}>
            Attempt {one.attempt}: <span className={classes.when}>{words(one)}</span>
          </li>
        ))}
      </ol>
      <Text size="sm" c="dimmed" mt={8}>
        {left > 0 && `${left} more between. `}
        {total(planned, last)} Up to {Math.round(chance(schedule) * 100)} % is added to each wait by chance,
        so that what failed together does not come again together.
      </Text>
    </figure>
  );
}

function words({ attempt, atMs }: Planned): string {
  if (atMs === 0) return 'at once';
  return `${attempt === 1 ? 'after' : '+'} ${duration(atMs)}`;
}

function total(planned: readonly Planned[], last: Planned): string {
  if (planned.length === 1) return 'It is tried once; if that fails, it is a dead letter.';
  return `A dead letter after ${planned.length} attempts, ${duration(last.atMs)} after publishing.`;
}
