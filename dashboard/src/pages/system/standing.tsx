import { Skeleton, Text, Title } from '@mantine/core';
import type { Status } from '../../api/types';
import { number } from '../../ui/format';
import classes from './system.module.css';

interface Value {
  label: string;
  value: string | undefined;
  hint: string;
  tone?: 'bad' | 'warn' | undefined;
}

const PART = { ok: 'Well', degraded: 'Away', failed: 'Failed' } as const;
const PART_TONE = { ok: undefined, degraded: 'warn', failed: 'bad' } as const;

/** How the instance stands, in numbers. */
export function Standing({ status }: { status: Status | undefined }) {
  const of = (value: (status: Status) => number | null): string | undefined => {
    if (status === undefined) return undefined;
    const found = value(status);
    return found === null ? 'not known' : number(found);
  };
  const stores = status?.stores;
  return (
    <>
      <Numbers
        title="Stores and actors"
        values={[
          {
            label: 'Ledger',
            value: stores && PART[stores.ledger],
            hint: 'Postgres: what is owed',
            tone: stores && PART_TONE[stores.ledger],
          },
          {
            label: 'Queue',
            value: stores && PART[stores.queue],
            hint:
              stores?.queue === 'degraded' ? 'NATS: deliveries go on from the ledger' : 'NATS: what flows',
            tone: stores && PART_TONE[stores.queue],
          },
          {
            label: 'Endpoint actors',
            value: of(({ actors }) => actors.endpoints),
            hint: 'endpoints with work',
          },
          {
            label: 'Breakers open',
            value: of(({ actors }) => actors.breakersOpen),
            hint: 'only probes are sent',
            tone: status && status.actors.breakersOpen > 0 ? 'warn' : undefined,
          },
          { label: 'In flight', value: of(({ actors }) => actors.inFlight), hint: 'requests under way' },
        ]}
      />
      <Numbers
        title="What waits"
        values={[
          {
            label: 'Ready',
            value: of(({ backlog }) => backlog.ready),
            hint: 'in the queue, to be handed out',
          },
          { label: 'Scheduled', value: of(({ backlog }) => backlog.scheduled), hint: 'retries to come' },
          { label: 'Handed out', value: of(({ backlog }) => backlog.inFlight), hint: 'not done with' },
          { label: 'Spilled', value: of(({ backlog }) => backlog.spilled), hint: 'in the ledger alone' },
        ]}
      />
      <Numbers
        title="Endpoints of all tenants"
        values={[
          { label: 'Active', value: of(({ endpoints }) => endpoints.active), hint: 'deliveries flow' },
          { label: 'Paused', value: of(({ endpoints }) => endpoints.paused), hint: 'deliveries wait' },
          { label: 'Disabled', value: of(({ endpoints }) => endpoints.disabled), hint: 'by their owners' },
          {
            label: 'Failed',
            value: of(({ endpoints }) => endpoints.failed),
            hint: 'given up',
            tone: status && status.endpoints.failed > 0 ? 'bad' : undefined,
          },
        ]}
      />
    </>
  );
}

function Numbers({ title, values }: { title: string; values: readonly Value[] }) {
  return (
    <section aria-label={title}>
      <Title order={2} mb="xs">
        {title}
      </Title>
      <ul className={classes.tiles}>
        {values.map(({ label, value, hint, tone }) => (
          <li key={label} className={classes.tile}>
            <Text size="sm" fw={600}>
              {label}
            </Text>
            <div className={classes.value} data-tone={tone}>
              {value ?? <Skeleton height={24} width={48} />}
            </div>
            <Text size="xs" c="dimmed">
              {hint}
            </Text>
          </li>
        ))}
      </ul>
    </section>
  );
}
