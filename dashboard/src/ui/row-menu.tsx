import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { type ReactNode, useRef } from 'react';
import { inert } from './inert';

interface Props {
  /** What the row is of. */
  of: string;
  /** Menu.Item and Menu.Divider. */
  children: ReactNode;
}

/** What can be done with a row, where that is more than two things. */
export function RowMenu({ of, children }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          ref={button}
          className="hy-above"
          variant="subtle"
          color="gray"
          aria-label={`What to do with ${inert(of)}`}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      {/* A dialog gives the focus back to what had it: that is no item, which is gone with its menu. */}
      <Menu.Dropdown onClickCapture={() => button.current?.focus()}>{children}</Menu.Dropdown>
    </Menu>
  );
}
