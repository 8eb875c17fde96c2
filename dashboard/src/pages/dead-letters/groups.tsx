import { Button, Group, Stack, Text } from '@mantine/core';
import type { DeadLetterGroup, DeadLetterGroups } from '../../api/types';
import { useSession } from '../../session/hooks';
import { type Column, DataTable } from '../../ui/data-table';
import { number } from '../../ui/format';
import { Time } from '../../ui/time';
import { EndpointName } from '../deliveries/endpoint-names';
import type { Filter } from '../deliveries/search';
import { reasonOf } from './reason';
import { ReplayGroup } from './replay-group';

interface Props {
  /** Undefined while they are loaded. */
  groups: DeadLetterGroups | undefined;
  /** What the dead letters that are listed have in common. */
  chosen: Pick<Filter, 'endpoint' | 'reason'>;
  onChoose: (group: Pick<Filter, 'endpoint' | 'reason'>) => void;
}

/** Why there are dead letters, and where: what they have in common is mended once. */
export function Groups({ groups, chosen, onChoose }: Props) {
  const { can } = useSession();
  const columns: Column<DeadLetterGroup>[] = [
    {
      key: 'reason',
      header: 'Reason',
      cell: ({ deadReason }) => {
        const { title, meaning, next } = reasonOf(deadReason);
        return (
          <Stack gap={0}>
            <Text fw={600} size="sm">
              {title}
            </Text>
            <Text size="xs" c="dimmed">
              {meaning} {next}
            </Text>
          </Stack>
        );
      },
    },
    {
      key: 'endpoint',
      header: 'Endpoint',
      width: '22%',
      cell: ({ webhookId }) => <EndpointName id={webhookId} isLink />,
    },
    { key: 'count', header: 'Count', align: 'right', width: '5rem', cell: ({ count }) => number(count) },
    { key: 'newest', header: 'Newest', width: '9rem', cell: ({ newestAt }) => <Time at={newestAt} /> },
    {
      key: 'actions',
      header: 'Actions',
      isHeaderHidden: true,
      align: 'right',
      width: '13rem',
      cell: (group) => {
        const isChosen = chosen.endpoint === group.webhookId && chosen.reason === group.deadReason;
        return (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <Button
              size="xs"
              variant="subtle"
              aria-label={isChosen ? 'Show those of all groups' : `Show ${groupName(group)}`}
              onClick={() =>
                onChoose(
                  isChosen
                    ? { endpoint: undefined, reason: undefined }
                    : { endpoint: group.webhookId, reason: group.deadReason ?? undefined },
                )
              }
            >
              {isChosen ? 'Show all' : 'Show'}
            </Button>
            {can('write') && group.webhookName !== null && group.deadReason !== null && (
              <ReplayGroup group={group} name={groupName(group)} />
            )}
          </Group>
        );
      },
    },
  ];
  return (
    <Stack gap="xs">
      <DataTable
        label="Dead letters by reason and endpoint"
        columns={columns}
        rows={groups?.items}
        rowKey={({ deadReason, webhookId }) => `${deadReason} ${webhookId}`}
        skeletonRows={2}
        empty={null}
      />
      {groups?.isComplete === false && (
        <Text size="sm" c="dimmed">
          These are the largest groups; there are more, and more in them, than were counted.
        </Text>
      )}
    </Stack>
  );
}

function groupName({ deadReason, webhookName }: DeadLetterGroup): string {
  return `those of ${webhookName ?? 'the deleted endpoint'}: ${reasonOf(deadReason).title}`;
}
