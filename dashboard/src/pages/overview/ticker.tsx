import { Group, Paper, Text, Title, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { take } from '../../api/client';
import type { StreamedAttempt } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useLive } from '../../live/hooks';
import { duration } from '../../ui/format';
import { inert } from '../../ui/inert';
import { TextLink } from '../../ui/links';
import { PathLink } from '../../ui/path-link';
import { Badge } from '../../ui/status-badge';
import { Time } from '../../ui/time';
import { outcomeText } from './outcome';
import classes from './overview.module.css';
import { attemptId, spoken, withNewest } from './recent';

/** Drawn so often at most, however many come. */
const DRAWN_EVERY_MS = 500;
const SPOKEN_EVERY_MS = 10_000;

/** The last attempts of the tenant, as they end. */
export function Ticker({ isLive }: { isLive: boolean }) {
  const { tenant } = useApi();
  const recent = useRecent(isLive);
  const names = useNames();
  return (
    <section aria-labelledby="recent">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="recent">
          Recent attempts
        </Title>
        <TextLink size="sm" to="/t/$tenant/deliveries" params={{ tenant }}>
          All deliveries
        </TextLink>
      </Group>
      <Paper withBorder>
        {recent.length === 0 ? (
          <Text size="sm" c="dimmed" p="md">
            {isLive
              ? 'Attempts show up here the moment they end.'
              : 'Paused: attempts show up here once you go on.'}
          </Text>
        ) : (
          <ul className={classes.ticker}>
            {recent.map((attempt) => (
              <Line key={attemptId(attempt)} attempt={attempt} name={names.get(attempt.webhookId)} />
            ))}
          </ul>
        )}
      </Paper>
    </section>
  );
}

function Line({ attempt, name }: { attempt: StreamedAttempt; name: string | undefined }) {
  const { tenant } = useApi();
  const { deliveryId, webhookId, event, outcome, responseStatus, durationMs, error, at } = attempt;
  const isGood = outcome === 'succeeded';
  const said = isGood ? `${responseStatus ?? ''}` : (error ?? outcomeText(outcome));
  return (
    <li className={classes.attempt}>
      <span>
        <Badge
          tone={isGood ? 'good' : 'bad'}
          icon={isGood ? IconCheck : IconX}
          text={isGood ? `Succeeded ${said}`.trim() : outcomeText(outcome)}
        />
      </span>
      <PathLink path={`/t/${tenant}/deliveries/${deliveryId}`} size="sm" fw={600}>
        {inert(event)}
      </PathLink>
      <Text size="sm" c="dimmed" component="span" className="hy-two-lines">
        {inert(name ?? webhookId)}
        {!isGood && `: ${inert(said)}`}
      </Text>
      <span className={classes.tail}>
        {duration(durationMs)} · <Time at={at} />
      </span>
    </li>
  );
}

/** What came while it was live, gathered so that a busy tenant does not keep the page drawing. */
function useRecent(isLive: boolean): StreamedAttempt[] {
  const { tenant } = useApi();
  const [recent, setRecent] = useState<{ tenant: string; attempts: StreamedAttempt[] }>({
    tenant,
    attempts: [],
  });
  const come = useRef<StreamedAttempt[]>([]);
  useLive({ onAttempt: (attempt) => come.current.push(attempt) }, isLive);
  useEffect(() => {
    if (!isLive) return;
    come.current = [];
    const timer = setInterval(() => {
      const batch = come.current;
      if (batch.length === 0) return;
      come.current = [];
      setRecent((before) => ({
        tenant,
        attempts: withNewest(before.tenant === tenant ? before.attempts : [], batch),
      }));
    }, DRAWN_EVERY_MS);
    return () => clearInterval(timer);
  }, [isLive, tenant]);
  return recent.tenant === tenant ? recent.attempts : [];
}

/** A sum for screen readers now and then; nothing while it is paused. */
export function Spoken({ isLive }: { isLive: boolean }) {
  const [text, setText] = useState('');
  const come = useRef<StreamedAttempt[]>([]);
  useLive({ onAttempt: (attempt) => come.current.push(attempt) }, isLive);
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => {
      if (come.current.length === 0) return;
      setText(spoken(come.current));
      come.current = [];
    }, SPOKEN_EVERY_MS);
    return () => clearInterval(timer);
  }, [isLive]);
  return <VisuallyHidden role="status">{text}</VisuallyHidden>;
}

function useNames(): ReadonlyMap<string, string> {
  const api = useApi();
  const { data } = useQuery({
    queryKey: api.key('webhooks', 'names'),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/webhooks', { params: { query: { limit: 250 } }, signal })),
    staleTime: 60_000,
  });
  return new Map((data?.items ?? []).map(({ id, name }) => [id, name]));
}
