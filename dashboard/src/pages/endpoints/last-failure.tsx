import { Text } from '@mantine/core';
import type { Endpoint } from '../../api/types';
import { count } from '../../ui/format';
import { inert } from '../../ui/inert';
import { Time } from '../../ui/time';
import type { LastErrors } from './last-errors';

/** When it failed last, and what was wrong where that is known. */
export function LastFailure({ endpoint, errors }: { endpoint: Endpoint; errors: LastErrors }) {
  if (endpoint.lastFailureAt === null) return <Time at={null} />;
  const error = endpoint.statusReason ?? errors.get(endpoint.id);
  const inARow =
    endpoint.consecutiveFailures > 1
      ? `${count(endpoint.consecutiveFailures, 'time', 'times')} in a row`
      : null;
  const what = [error, inARow].filter((part) => typeof part === 'string').join(' · ');
  return (
    <div>
      <Time at={endpoint.lastFailureAt} />
      {what !== '' && (
        <Text size="xs" c="dimmed" lineClamp={2} title={inert(what)}>
          {inert(what)}
        </Text>
      )}
    </div>
  );
}
