import { Button } from '@mantine/core';
import { IconRotateClockwise } from '@tabler/icons-react';
import type { UseMutationResult } from '@tanstack/react-query';
import type { Delivery } from '../../api/types';

interface Props {
  status: string;
  retry: UseMutationResult<Delivery, Error, void>;
}

/** A dead letter again, or a waiting one now. Others have nothing to retry. */
export function RetryButton({ status, retry }: Props) {
  if (status !== 'dead' && status !== 'retrying') return null;
  return (
    <Button
      variant={status === 'dead' ? 'filled' : 'default'}
      leftSection={<IconRotateClockwise size={16} aria-hidden />}
      loading={retry.isPending}
      onClick={() => retry.mutate()}
    >
      {status === 'dead' ? 'Retry' : 'Try now'}
    </Button>
  );
}
