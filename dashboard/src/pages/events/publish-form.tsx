import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { take } from '../../api/client';
import { asApiError, isApiError } from '../../api/error';
import { IdempotencyKeys } from '../../api/id';
import { useApi } from '../../api/use-api';
import { ErrorState } from '../../ui/error-state';
import { focusFirstFault } from '../../ui/focus';
import { useFocusBack } from '../../ui/use-focus-back';
import { DraftFields } from './draft-fields';
import { bodyOf, type Draft, EMPTY, type Faults, faults } from './new-event';
import { Published } from './published';

/** What the API says of the fields, at the fields; the rest is shown below them. */
function refused(error: unknown): Faults {
  if (!isApiError(error)) return {};
  const found: Faults = {};
  for (const field of ['event', 'data', 'eventId', 'channels', 'deliverAt', 'expiresAt'] as const) {
    const detail = error.field(`/${field}`);
    if (detail !== undefined) found[field] = detail;
  }
  return found;
}

export function PublishForm({ event }: { event: string }) {
  const api = useApi();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, event });
  const [wrong, setWrong] = useState<Faults>({});
  const keys = useRef(new IdempotencyKeys());
  const form = useRef<HTMLFormElement>(null);
  const publish = useMutation({
    mutationFn: (body: string) =>
      take(
        api.client.POST('/api/v1/events', {
          params: { header: { 'Idempotency-Key': keys.current.for(body) } },
          body: { event: draft.event, data: null },
          // As it was typed: JavaScript's numbers would be others.
          bodySerializer: () => body,
        }),
      ),
    onSuccess: () => {
      keys.current.done();
      void queries.invalidateQueries({ queryKey: api.key('events') });
      void queries.invalidateQueries({ queryKey: api.key('deliveries') });
    },
  });
  const submit = useFocusBack(publish.isPending);
  const change = (more: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...more }));
    setWrong((before) => without(before, Object.keys(more)));
    if (publish.isError) publish.reset();
  };
  const send = () => {
    const found = faults(draft, Date.now());
    setWrong(found);
    // A half instant is no instant, and would be sent at once.
    const half = form.current?.querySelector('input[type="datetime-local"]:invalid');
    if (half instanceof HTMLInputElement) half.checkValidity();
    if (half || Object.keys(found).length > 0) {
      focusFirstFault(form.current);
      return;
    }
    publish.mutate(bodyOf(draft));
  };
  if (publish.data)
    return (
      <Published
        {...publish.data}
        isScheduled={draft.deliverAt !== undefined}
        onAgain={() => {
          publish.reset();
          setDraft((before) => ({ ...before, eventId: '' }));
          // The form is back in place of the button that was pressed.
          requestAnimationFrame(() => form.current?.querySelector('input')?.focus());
        }}
      />
    );
  const shown = { ...refused(publish.error), ...wrong };
  const isElsewhere = publish.isError && Object.keys(refused(publish.error)).length === 0;
  return (
    <Paper withBorder p="md" maw={820}>
      <form
        ref={form}
        noValidate
        onSubmit={(submitted) => {
          submitted.preventDefault();
          if (!publish.isPending) send();
        }}
      >
        <Stack>
          <DraftFields draft={draft} faults={shown} onChange={change} />
          {publish.isError && (
            <div>
              {isElsewhere ? (
                <ErrorState error={publish.error} what="The event was not published" />
              ) : (
                <Text role="alert" size="sm" c="red">
                  The event was not published: {asApiError(publish.error).title.toLowerCase()}, see above.
                </Text>
              )}
            </div>
          )}
          <Group justify="flex-end">
            <Button ref={submit} type="submit" loading={publish.isPending}>
              {draft.deliverAt === undefined ? 'Publish' : 'Schedule'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

function without(before: Faults, names: readonly string[]): Faults {
  return Object.fromEntries(Object.entries(before).filter(([name]) => !names.includes(name)));
}
