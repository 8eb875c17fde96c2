import { List, Select, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { take } from '../../api/client';
import { IdempotencyKeys } from '../../api/id';
import type { InboundSource, SourceWithSecret } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ErrorState } from '../../ui/error-state';
import { FormActions } from '../../ui/form-actions';
import { inert } from '../../ui/inert';
import { useKept } from '../../ui/kept';
import { OnceDialog } from '../../ui/once-dialog';
import { Paste } from './paste';

const OVERLAPS = [
  { value: '24h', label: '24 hours' },
  { value: '7d', label: '7 days' },
  { value: '1h', label: 'An hour' },
  { value: '0s', label: 'Not at all: the former has leaked' },
];

interface Props {
  /** Null: none. */
  source: InboundSource | null;
  onClose: () => void;
}

export function RotateSecret({ source: asked, onClose }: Props) {
  const source = useKept(asked);
  return (
    <OnceDialog
      opened={asked !== null}
      title={`Rotate the secret of ${inert(source?.name ?? '')}`}
      shownTitle="The new secret"
      onClose={onClose}
    >
      {({ close, onShown }) => source !== null && <Body source={source} onClose={close} onShown={onShown} />}
    </OnceDialog>
  );
}

interface BodyProps {
  source: InboundSource;
  onClose: () => void;
  onShown: () => void;
}

function Body({ source: { id }, onClose, onShown }: BodyProps) {
  const api = useApi();
  const queries = useQueryClient();
  const [overlap, setOverlap] = useState('24h');
  const once = useRef(new IdempotencyKeys());
  const rotate = useMutation<SourceWithSecret>({
    mutationFn: () => {
      const body = { overlap };
      const header = { 'Idempotency-Key': once.current.for(body) };
      return take(
        api.client.POST('/api/v1/sources/{id}/rotate-secret', { params: { path: { id }, header }, body }),
      );
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: api.key('sources') });
      onShown();
    },
  });
  if (rotate.data !== undefined)
    return <Paste source={rotate.data} secret={rotate.data.secret} onClose={onClose} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rotate.mutate();
      }}
    >
      <Stack>
        <List size="sm" spacing={6}>
          <List.Item>A new secret is made and shown once: paste it at the sender.</List.Item>
          <List.Item>
            Until the overlap ends, what is signed with the former one is taken too; after it, answered 401.
          </List.Item>
        </List>
        <Select
          label="Take the former one for another"
          data={OVERLAPS}
          value={overlap}
          allowDeselect={false}
          onChange={(value) => setOverlap(value ?? '24h')}
        />
        {rotate.error !== null && <ErrorState error={rotate.error} what="The secret was not rotated" />}
        <FormActions action="Rotate the secret" isBusy={rotate.isPending} onClose={onClose} />
      </Stack>
    </form>
  );
}
