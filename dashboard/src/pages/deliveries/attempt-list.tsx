import { createLink } from '@tanstack/react-router';
import type { DeliveryWithAttempts } from '../../api/types';
import { useTicking } from '../../prefs/clock';
import { count, duration, relative } from '../../ui/format';
import classes from './attempt-list.module.css';
import { Countdown } from './countdown';
import { outcomeText } from './outcome';
import { type Moment, timeline } from './timeline';

interface Props {
  delivery: DeliveryWithAttempts;
  tenant: string;
  /** The number of the attempt that is shown. */
  shown: number | undefined;
}

/** What was tried and when, the newest first; each leads to what was sent and answered. */
export function AttemptList({ delivery, tenant, shown }: Props) {
  const { attempts, status, nextAttemptAt } = delivery;
  return (
    <ol className={classes.list} aria-label="Attempts, the newest first" reversed>
      {status === 'retrying' && nextAttemptAt !== null && (
        <li className={classes.item} data-tone="next">
          <div className={classes.plain}>
            <div className={classes.head}>Next attempt</div>
            <div className={classes.sub}>
              <Countdown at={nextAttemptAt} />
            </div>
          </div>
        </li>
      )}
      {timeline(attempts).map((moment) =>
        moment.kind === 'gap' ? (
          <li key={`gap-${moment.after}`} className={classes.item} data-tone="gap">
            <div className={`${classes.plain} ${classes.sub}`}>
              {count(moment.count, 'attempt')} between, not shown
            </div>
          </li>
        ) : (
          <AttemptItem
            key={moment.attempt.number}
            moment={moment}
            link={{ tenant, deliveryId: delivery.id }}
            isShown={moment.attempt.number === shown}
          />
        ),
      )}
    </ol>
  );
}

const AttemptLink = createLink((props: React.ComponentProps<'a'>) => (
  <a {...props} className={classes.link} />
));

interface ItemProps {
  moment: Extract<Moment, { kind: 'attempt' }>;
  link: { tenant: string; deliveryId: string };
  isShown: boolean;
}

function AttemptItem({ moment: { attempt, waitedMs }, link, isShown }: ItemProps) {
  const ago = useTicking((now) => relative(Date.parse(attempt.startedAt), now));
  const wait = waitedMs === null ? '' : ` · then waited ${duration(waitedMs)}`;
  return (
    <li className={classes.item} data-tone={attempt.outcome === 'succeeded' ? 'good' : 'bad'}>
      <AttemptLink
        to="/t/$tenant/deliveries/$deliveryId"
        params={link}
        search={{ attempt: attempt.number }}
        replace
        resetScroll={false}
        // The router would mark all of them: they are of one path.
        activeProps={{ 'aria-current': isShown ? 'true' : undefined }}
        inactiveProps={{ 'aria-current': isShown ? 'true' : undefined }}
      >
        <span className={classes.head}>
          <span>
            {attempt.number}. {outcomeText(attempt.outcome, attempt.response?.status ?? null)}
          </span>
          <span>{duration(attempt.durationMs)}</span>
        </span>
        <span className={classes.sub}>
          {ago}
          {wait}
        </span>
      </AttemptLink>
    </li>
  );
}
