import { Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useApi } from '../../api/use-api';
import { ErrorState } from '../../ui/error-state';
import { inert } from '../../ui/inert';
import { TextLink } from '../../ui/links';
import { PathLink } from '../../ui/path-link';
import { Badge } from '../../ui/status-badge';
import classes from './overview.module.css';
import { useAttention } from './use-attention';

/** The endpoints that need somebody, with why and what to do. */
export function AttentionList({ isLive }: { isLive: boolean }) {
  const { tenant } = useApi();
  const { data, error, isPending, refetch } = useAttention(isLive);
  return (
    <section aria-labelledby="attention">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="attention">
          Needs attention
        </Title>
        {data?.isMore && (
          <TextLink size="sm" to="/t/$tenant/endpoints" params={{ tenant }} search={{ status: 'failed' }}>
            All that were given up
          </TextLink>
        )}
      </Group>
      {error !== null && data === undefined ? (
        <ErrorState
          error={error}
          what="What needs attention could not be asked for"
          onRetry={() => void refetch()}
        />
      ) : (
        <Paper withBorder>
          {isPending ? (
            <Stack p="md" gap="xs">
              <Skeleton height={20} width="40%" />
              <Skeleton height={20} width="70%" />
            </Stack>
          ) : data === undefined || data.needs.length === 0 ? (
            <Group p="md" gap="xs">
              <IconCircleCheck size={20} color="var(--hy-good)" aria-hidden />
              <Text size="sm">No endpoint needs anything.</Text>
            </Group>
          ) : (
            <ul className={classes.needs}>
              {data.needs.map(({ id, name, tone, what, reason, next }) => (
                <li key={id} className={classes.need}>
                  <div>
                    <Badge tone={tone} text={what} />
                  </div>
                  <div>
                    <PathLink path={`/t/${tenant}/endpoints/${id}`} fw={600} size="sm">
                      {inert(name)}
                    </PathLink>
                    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                      {inert(reason)}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {next}
                    </Text>
                  </div>
                </li>
              ))}
            </ul>
          )}
        </Paper>
      )}
      {error !== null && data !== undefined && (
        <Text size="xs" c="dimmed" mt={4}>
          This could not be brought up to date.{' '}
          <Button variant="transparent" size="compact-xs" onClick={() => void refetch()}>
            Try again
          </Button>
        </Text>
      )}
    </section>
  );
}
