import { Skeleton, Text } from '@mantine/core';
import { IconArrowDownRight, IconArrowRight, IconArrowUpRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { TenantStats } from '../../api/types';
import { useApi } from '../../api/use-api';
import { number, shortNumber } from '../../ui/format';
import classes from './overview.module.css';
import { type Change, type Compared, change, type Window } from './window';

interface Props {
  stats: TenantStats | undefined;
  compared: Compared | null;
  window: Window;
}

const DEAD_MOST = 100_000;

/** The tenant in five numbers, each with the list that is behind it. */
export function Tiles({ stats, compared, window }: Props) {
  const { tenant } = useApi();
  const params = { tenant };
  const since = stats?.since;
  const of = (key: 'accepted' | 'succeeded' | 'failed') =>
    compared === null ? null : change(compared.last[key], compared.before[key]);
  const succeeded = stats?.outcomes.succeeded;
  const search = since === undefined ? {} : { since };
  return (
    <ul className={classes.tiles} aria-label="At a glance">
      <Tile
        label="Accepted"
        value={stats?.accepted}
        hint={`events in ${window}`}
        change={of('accepted')}
        link={(inside) => (
          <Link to="/t/$tenant/events" params={params} search={search} className={classes.tileLink}>
            {inside}
          </Link>
        )}
      />
      <Tile
        label="Delivered"
        value={succeeded}
        hint={`deliveries in ${window}`}
        change={of('succeeded')}
        link={(inside) => (
          <Link
            to="/t/$tenant/deliveries"
            params={params}
            search={{ status: 'success', ...search }}
            className={classes.tileLink}
          >
            {inside}
          </Link>
        )}
      />
      <Tile
        label="Failing"
        value={stats === undefined || succeeded === undefined ? undefined : stats.attempts - succeeded}
        hint={`attempts in ${window}`}
        change={of('failed')}
        isBad
        link={(inside) => (
          <Link
            to="/t/$tenant/endpoints"
            params={params}
            search={{ by: 'failures' }}
            className={classes.tileLink}
          >
            {inside}
          </Link>
        )}
      />
      <Tile
        label="Waiting"
        value={stats?.waiting}
        hint="deliveries now"
        change={null}
        link={(inside) => (
          <Link
            to="/t/$tenant/endpoints"
            params={params}
            search={{ by: 'backlog' }}
            className={classes.tileLink}
          >
            {inside}
          </Link>
        )}
      />
      <Tile
        label="Dead letters"
        value={stats?.dead}
        isAtLeast={stats !== undefined && stats.dead >= DEAD_MOST}
        hint="kept now"
        change={null}
        isBad
        link={(inside) => (
          <Link to="/t/$tenant/dead-letters" params={params} className={classes.tileLink}>
            {inside}
          </Link>
        )}
      />
    </ul>
  );
}

interface TileProps {
  label: string;
  value: number | undefined;
  hint: string;
  change: Change | null;
  link: (inside: React.ReactNode) => React.ReactNode;
  /** More of it is worse. */
  isBad?: boolean;
  /** It was not counted further. */
  isAtLeast?: boolean;
}

function Tile({ label, value, hint, change: moved, link, isBad = false, isAtLeast = false }: TileProps) {
  return (
    <li className={classes.tile} data-bad={isBad && value !== undefined && value > 0}>
      {link(label)}
      <div className={classes.value}>
        {value === undefined ? (
          <Skeleton height={30} width={64} />
        ) : (
          <span title={number(value)}>
            {shortNumber(value)}
            {isAtLeast && '+'}
          </span>
        )}
      </div>
      <Text size="xs" c="dimmed">
        {hint}
      </Text>
      <div className={classes.moved}>{moved !== null && <Moved change={moved} isBad={isBad} />}</div>
    </li>
  );
}

const ARROWS = { up: IconArrowUpRight, down: IconArrowDownRight, same: IconArrowRight };

function Moved({ change: { direction, text }, isBad }: { change: Change; isBad: boolean }) {
  const Arrow = ARROWS[direction];
  const isWorse = isBad && direction === 'up';
  return (
    <span
      className={classes.change}
      data-worse={isWorse}
      title="The last whole hours, against as many before them"
    >
      <Arrow size={14} aria-hidden /> {text}
    </span>
  );
}
