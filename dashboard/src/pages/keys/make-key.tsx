import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { take } from '../../api/client';
import { asApiError } from '../../api/error';
import { IdempotencyKeys } from '../../api/id';
import type { CreatedKey } from '../../api/types';
import { useApi, useInstanceApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { ErrorState } from '../../ui/error-state';
import { focusFirstFault } from '../../ui/focus';
import { FormActions } from '../../ui/form-actions';
import { OnceDialog } from '../../ui/once-dialog';
import { ShownOnce } from '../../ui/shown-once';
import { expiresAt } from './expiry';
import { type Draft, KeyFields } from './key-fields';
import { givable } from './role';

interface Props {
  opened: boolean;
  onClose: () => void;
}

export function MakeKey({ opened, onClose }: Props) {
  return (
    <OnceDialog opened={opened} title="Make a key" shownTitle="The key is made" onClose={onClose}>
      {({ close, onShown }) => <Body onClose={close} onShown={onShown} />}
    </OnceDialog>
  );
}

function Body({ onClose, onShown }: { onClose: () => void; onShown: () => void }) {
  const api = useApi();
  const instance = useInstanceApi();
  const queries = useQueryClient();
  const { isOperator } = useSession();
  const [draft, setDraft] = useState<Draft>({ name: '', role: 'viewer', term: '90d', day: '' });
  const [isAsked, setAsked] = useState(false);
  const [opened] = useState(Date.now);
  const once = useRef(new IdempotencyKeys());
  const end = expiresAt(draft.term, draft.day, opened);
  const make = useMutation<CreatedKey>({
    mutationFn: () => {
      const isWhole = draft.role === 'operator';
      const body = {
        name: draft.name.trim(),
        role: draft.role,
        ...(isWhole ? {} : { tenantId: api.tenant }),
        ...(typeof end === 'string' ? { expiresAt: end } : {}),
      };
      const header = { 'Idempotency-Key': once.current.for(body) };
      const { client } = isWhole ? instance : api;
      return take(client.POST('/api/v1/keys', { body, params: { header } }));
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: api.key('keys') });
      void queries.invalidateQueries({ queryKey: instance.key('keys') });
      onShown();
    },
  });
  if (make.data !== undefined) return <Made made={make.data} onClose={onClose} />;
  const error = make.error === null ? null : asApiError(make.error);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (draft.name.trim() !== '' && end !== undefined) make.mutate();
        else focusFirstFault(event.currentTarget);
      }}
    >
      <Stack>
        <KeyFields
          draft={draft}
          onChange={setDraft}
          roles={givable(isOperator)}
          error={error}
          isAsked={isAsked}
          now={opened}
        />
        {draft.role === 'operator' && (
          <Text size="sm" c="var(--hy-warn)">
            An operator’s key opens every tenant. It is listed under “Whole instance”.
          </Text>
        )}
        {error !== null && <ErrorState error={error} what="The key was not made" />}
        <FormActions action="Make the key" isBusy={make.isPending} onClose={onClose} />
      </Stack>
    </form>
  );
}

function Made({ made, onClose }: { made: CreatedKey; onClose: () => void }) {
  return (
    <Stack>
      <ShownOnce what="The key" value={made.key}>
        Put it where “{made.name}” keeps its secrets. It is sent as <code>Authorization: Bearer hy_…</code>,
        and whoever has it may what it may. Lost is lost: revoke it then, and make another.
      </ShownOnce>
      <Group justify="flex-end">
        <Button onClick={onClose}>I have copied it</Button>
      </Group>
    </Stack>
  );
}
