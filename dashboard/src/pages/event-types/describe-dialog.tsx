import { Modal, Skeleton, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { asApiError, isApiError } from '../../api/error';
import type { KnownType } from '../../api/types';
import { useApi } from '../../api/use-api';
import { ErrorState } from '../../ui/error-state';
import { focusFirstFault } from '../../ui/focus';
import { FormActions } from '../../ui/form-actions';
import { inert } from '../../ui/inert';
import { useKept } from '../../ui/kept';
import { useToast } from '../../ui/toast';
import { hasLongNumbers, withRaw } from '../endpoints/form/json';
import { readExample, typeFault, writeExample } from './example';

interface Props {
  /** Empty: one that is to be named. Null: none. */
  type: string | null;
  onClose: () => void;
}

/** What such an event means, and what it looks like. */
export function DescribeDialog({ type: asked, onClose }: Props) {
  const type = useKept(asked);
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={type === '' ? 'Describe an event type' : `Describe ${inert(type ?? '')}`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {type === '' && <Form before={null} type="" onClose={onClose} />}
      {type !== null && type !== '' && <Loaded key={type} type={type} onClose={onClose} />}
    </Modal>
  );
}

function Loaded({ type, onClose }: { type: string; onClose: () => void }) {
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: api.key('event-types', 'one', type),
    queryFn: async ({ signal }): Promise<KnownType | null> => {
      try {
        return await take(
          api.client.GET('/api/v1/event-types/{type}', { params: { path: { type } }, signal }),
        );
      } catch (failure) {
        // Forgotten, or never seen: it can be described all the same.
        if (isApiError(failure) && failure.status === 404) return null;
        throw failure;
      }
    },
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={300} />;
  return <Form before={data} type={type} onClose={onClose} />;
}

function Form({ before, type, onClose }: { before: KnownType | null; type: string; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  const [name, setName] = useState(type);
  const [description, setDescription] = useState(before?.description ?? '');
  const [example, setExample] = useState(() => writeExample(before?.example));
  const [isAsked, setAsked] = useState(false);
  const read = readExample(example);
  const exampleFault = 'fault' in read ? read.fault : undefined;
  const wrongName = typeFault(name);
  const save = useMutation({
    mutationFn: (value: unknown) =>
      take(
        api.client.PUT('/api/v1/event-types/{type}', {
          params: { path: { type: name } },
          body: { description: description.trim() === '' ? null : description.trim(), example: value },
          // As it was typed, with every digit of its numbers.
          bodySerializer: (body) =>
            example.trim() === ''
              ? JSON.stringify(body)
              : withRaw({ description: body.description }, { example }),
        }),
      ),
    onSuccess: ({ event }) => {
      void queries.invalidateQueries({ queryKey: api.key('event-types') });
      toast({ message: `“${event}” is described.` });
      onClose();
    },
  });
  const error = save.error === null ? null : asApiError(save.error);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (wrongName === undefined && !('fault' in read)) save.mutate(read.value);
        else focusFirstFault(event.currentTarget);
      }}
    >
      <Stack>
        {type === '' && (
          <TextInput
            label="Event type"
            description="It need not have been seen yet."
            placeholder="order.paid"
            value={name}
            onChange={(event) => setName(event.currentTarget.value.trim())}
            error={isAsked ? wrongName : undefined}
            spellCheck={false}
            autoComplete="off"
            required
            data-autofocus
          />
        )}
        <Textarea
          label="Description"
          description="What happened when such an event is published."
          placeholder="A customer paid for an order"
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={error?.field('/description')}
          maxLength={1000}
          autosize
          minRows={2}
          maxRows={8}
          {...(type === '' ? {} : { 'data-autofocus': true, autoFocus: true })}
        />
        <Textarea
          label="Example"
          description="What its data may look like, as JSON. It is shown to everyone who may read."
          placeholder='{"orderId": 42, "amount": 129.5}'
          value={example}
          onChange={(event) => setExample(event.currentTarget.value)}
          onBlur={() => {
            if ('value' in read && !hasLongNumbers(example)) setExample(writeExample(read.value));
          }}
          error={(isAsked || example !== '' ? exampleFault : undefined) ?? error?.field('/example')}
          autosize
          minRows={6}
          maxRows={18}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          spellCheck={false}
        />
        {error !== null && <ErrorState error={error} what="It was not described" />}
        <FormActions action="Save" isBusy={save.isPending} onClose={onClose} />
      </Stack>
    </form>
  );
}
