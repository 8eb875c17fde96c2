import { Button, Group } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconChevronsLeft } from '@tabler/icons-react';
import { type Paged, steps, trail } from '../api/paging';

interface Props extends Paged {
  /** Puts the cursor into the address; empty for the first page. */
  onGo: (cursor: string) => void;
  /** What is listed, as in "deliveries". */
  what: string;
}

/** From page to page of a list that knows only what comes next. Nothing where there is one page. */
export function Pager({ cursor, nextCursor, onGo, what }: Props) {
  const { newest, newer, older } = steps({ cursor, nextCursor });
  if (newest === null && older === null) return null;
  const go = (to: string) => () => onGo(to);
  return (
    <Group component="nav" aria-label={`Pages of ${what}`} justify="space-between">
      <Group gap="xs">
        {newest !== null && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconChevronsLeft size={16} aria-hidden />}
            onClick={go(newest)}
          >
            Newest
          </Button>
        )}
        {newer !== null && newer !== '' && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconChevronLeft size={16} aria-hidden />}
            onClick={go(newer)}
          >
            Newer
          </Button>
        )}
      </Group>
      {older !== null && (
        <Button
          variant="default"
          size="xs"
          rightSection={<IconChevronRight size={16} aria-hidden />}
          onClick={() => {
            trail.walked(cursor, older);
            onGo(older);
          }}
        >
          Older
        </Button>
      )}
    </Group>
  );
}
