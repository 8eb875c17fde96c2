import { ActionIcon, Group, Tooltip } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Column } from './data-table';
import { inert } from './inert';

/** The last column of a list: what can be done with a row. */
export function actionsColumn<Row>(actions: (row: Row) => ReactNode): Column<Row> {
  return {
    key: 'actions',
    header: 'What to do with it',
    isHeaderHidden: true,
    align: 'right',
    width: '6rem',
    cell: (row) => (
      <Group gap={4} justify="flex-end" wrap="nowrap">
        {actions(row)}
      </Group>
    ),
  };
}

interface Props {
  icon: Icon;
  label: string;
  /** What the row is of, for those who do not see it stand there. */
  of: string;
  isDanger?: boolean;
  onClick: () => void;
}

/** One of them, as an icon that says what it does. */
export function RowAction({ icon: Shape, label, of, isDanger = false, onClick }: Props) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        className="hy-above"
        variant="subtle"
        color={isDanger ? 'red.8' : 'gray'}
        aria-label={`${label} ${inert(of)}`}
        onClick={onClick}
      >
        <Shape size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
