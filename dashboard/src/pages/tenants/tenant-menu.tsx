import { Menu } from '@mantine/core';
import { IconEdit, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import type { Tenant } from '../../api/types';
import { RowMenu } from '../../ui/row-menu';

interface Props {
  tenant: Tenant;
  onChange: () => void;
  onPause: () => void;
  onResume: () => void;
  onDelete: () => void;
}

export function TenantMenu({ tenant, onChange, onPause, onResume, onDelete }: Props) {
  return (
    <RowMenu of={tenant.name}>
      <Menu.Item leftSection={<IconEdit size={16} aria-hidden />} onClick={onChange}>
        Name and limits
      </Menu.Item>
      {tenant.paused ? (
        <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={onResume}>
          Resume
        </Menu.Item>
      ) : (
        <Menu.Item leftSection={<IconPlayerPause size={16} aria-hidden />} onClick={onPause}>
          Pause
        </Menu.Item>
      )}
      <Menu.Divider />
      <Menu.Item color="red.8" leftSection={<IconTrash size={16} aria-hidden />} onClick={onDelete}>
        Delete
      </Menu.Item>
    </RowMenu>
  );
}
