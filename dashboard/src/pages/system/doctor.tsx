import { Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconStethoscope, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Finding } from '../../api/types';
import { useInstanceApi } from '../../api/use-api';
import { ErrorState } from '../../ui/error-state';
import { count } from '../../ui/format';
import { inert } from '../../ui/inert';
import { Badge } from '../../ui/status-badge';
import { Time } from '../../ui/time';
import { counted, worstFirst } from './finding';
import classes from './system.module.css';

const LOOKS = {
  ok: { tone: 'good', icon: IconCheck, text: 'Well' },
  warn: { tone: 'warn', icon: IconAlertTriangle, text: 'Look at it' },
  fail: { tone: 'bad', icon: IconX, text: 'Wrong' },
} as const;

/** Looks after what the promises rest on, when somebody asks. */
export function Doctor() {
  const api = useInstanceApi();
  const doctor = useQuery({
    queryKey: api.key('doctor'),
    queryFn: ({ signal }) => take(api.client.GET('/api/v1/doctor', { signal })),
    enabled: false,
    retry: false,
  });
  const { data, error, isFetching } = doctor;
  const run = () => void doctor.refetch();
  return (
    <section aria-labelledby="doctor" aria-busy={isFetching}>
      <Group justify="space-between" mb="xs">
        <Title order={2} id="doctor">
          Doctor
        </Title>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconStethoscope size={16} aria-hidden />}
          loading={isFetching}
          onClick={run}
        >
          {data === undefined ? 'Examine now' : 'Examine again'}
        </Button>
      </Group>
      <div role="status">
        <Text size="sm" c="dimmed" mb="xs">
          {data === undefined ? (
            'Examines the settings of Postgres and NATS, clocks, disk, the vault and the network rules that the promises rest on.'
          ) : (
            <>
              {summary(data.findings)} <Time at={data.at} />
            </>
          )}
        </Text>
      </div>
      {error !== null && <ErrorState error={error} what="The doctor could not examine" onRetry={run} />}
      {error === null && (data !== undefined || isFetching) && (
        <Paper withBorder>
          {data === undefined ? (
            <Stack p="md" gap="xs">
              {[0, 1, 2, 3].map((line) => (
                <Skeleton key={line} height={22} />
              ))}
            </Stack>
          ) : (
            <ul className={classes.findings} aria-label="Findings">
              {worstFirst(data.findings).map((finding) => (
                <Line key={finding.check} finding={finding} />
              ))}
            </ul>
          )}
        </Paper>
      )}
    </section>
  );
}

function Line({ finding: { check, state, found, advice } }: { finding: Finding }) {
  const { tone, icon, text } = LOOKS[state];
  return (
    <li className={classes.finding}>
      <span>
        <Badge tone={tone} icon={icon} text={text} />
      </span>
      <Text size="sm" fw={600} component="span">
        {inert(check)}
      </Text>
      <span>
        {inert(found)}
        {advice !== null && (
          <Text size="sm" c="dimmed" component="span" display="block">
            {inert(advice)}
          </Text>
        )}
      </span>
    </li>
  );
}

function summary(findings: readonly Finding[]): string {
  const { fail, warn, ok } = counted(findings);
  if (fail === 0 && warn === 0) return `All ${count(ok, 'finding')} are well.`;
  const parts = [
    ...(fail > 0 ? [`${count(fail, 'thing')} wrong`] : []),
    ...(warn > 0 ? [`${warn} to look at`] : []),
    `${ok} well`,
  ];
  return `${parts.join(', ')}.`;
}
