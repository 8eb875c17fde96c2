import { Button } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { EmptyState } from './empty-state';

interface Props {
  /** A word for one of them. */
  what: string;
  /** Those that were looked at are not all: older ones may fit. */
  hasMore: boolean;
  onClear: () => void;
}

/** A list of which nothing fits the filters: what to do depends on whether all were looked at. */
export function NoMatch({ what, hasMore, onClear }: Props) {
  return (
    <EmptyState
      icon={IconFilterOff}
      title={hasMore ? 'None of the newest is like that' : `No ${what} is like that`}
      action={
        <Button variant="default" onClick={onClear}>
          Clear filters
        </Button>
      }
    >
      {hasMore
        ? '20,000 were looked at for this page. Go on to older ones below, or choose a shorter time.'
        : 'Nothing fits all of these filters. Take one away, or choose a longer time.'}
    </EmptyState>
  );
}
