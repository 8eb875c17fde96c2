import { ActionIcon, Group, Menu, Tooltip } from '@mantine/core';
import { IconBan, IconCheck, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import type { EndpointStatus } from '../../api/types';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { inert } from '../../ui/inert';
import { RowMenu } from '../../ui/row-menu';
import { DISABLE_CONSEQUENCES } from './consequences';
import { useChangeStatus } from './use-change-status';

interface Props {
  endpoint: { id: string; name: string; status: EndpointStatus; queued: number };
}

/** The quick things in a row: pause or resume at once, disable and enable behind a menu. */
export function StatusMenu({ endpoint }: Props) {
  const { id, name, status, queued } = endpoint;
  const shown = inert(name);
  const [isAsking, setAsking] = useState(false);
  const change = useChangeStatus();
  const to = (next: 'active' | 'paused' | 'disabled') => change.mutate({ id, name, from: status, to: next });
  const quick =
    status === 'active'
      ? { label: `Pause ${shown}`, icon: IconPlayerPause, to: 'paused' as const }
      : status === 'paused'
        ? { label: `Resume ${shown}`, icon: IconPlayerPlay, to: 'active' as const }
        : { label: `Enable ${shown}`, icon: IconCheck, to: 'active' as const };
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap" className="hy-above">
      <Tooltip label={quick.label}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={quick.label}
          loading={change.isPending}
          onClick={() => to(quick.to)}
        >
          <quick.icon size={18} stroke={1.6} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {(status === 'active' || status === 'paused') && (
        <RowMenu of={name}>
          <Menu.Item leftSection={<IconBan size={16} aria-hidden />} onClick={() => setAsking(true)}>
            Disable…
          </Menu.Item>
        </RowMenu>
      )}
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={`Disable ${name}?`}
        consequences={DISABLE_CONSEQUENCES(queued)}
        action="Disable the endpoint"
        isBusy={change.isPending}
        error={change.error}
        onConfirm={() =>
          change.mutate({ id, name, from: status, to: 'disabled' }, { onSuccess: () => setAsking(false) })
        }
      />
    </Group>
  );
}
