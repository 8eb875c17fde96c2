import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { takeTagged } from '../../../api/client';
import { asApiError } from '../../../api/error';
import type { Endpoint } from '../../../api/types';
import { useApi } from '../../../api/use-api';
import { useSession } from '../../../session/hooks';
import { list } from '../../../ui/format';
import { useToast } from '../../../ui/toast';
import { changeOf, written } from '../form/body';
import { type Draft, draftOf } from '../form/draft';
import { EndpointForm } from '../form/endpoint-form';
import { rebased } from '../form/rebase';
import { useEndpointChanged } from '../queries';
import { useLeaveGuard } from '../use-leave-guard';
import { changedInWords } from './changed-words';
import { SettingsView } from './settings-view';

interface Props {
  endpoint: Endpoint;
  etag: string | null;
}

/** The endpoint's settings: to change for who may, to read for others. */
export function SettingsTab({ endpoint, etag }: Props) {
  const { can } = useSession();
  return can('write') ? <Edit endpoint={endpoint} etag={etag} /> : <SettingsView endpoint={endpoint} />;
}

interface Base {
  endpoint: Endpoint;
  etag: string | null;
  draft: Draft;
}

const baseOf = ({ endpoint, etag }: Props): Base => ({ endpoint, etag, draft: draftOf(endpoint) });

function Edit(props: Props) {
  const api = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  const changed = useEndpointChanged();
  // The version that was begun with: what is loaded meanwhile does not take away what is typed.
  const [base, setBase] = useState(() => baseOf(props));
  const [draft, setDraft] = useState(base.draft);
  const change = changeOf(base.draft, draft);
  const names = Object.keys(change);
  const isDirty = names.length > 0;
  const guard = useLeaveGuard(isDirty);
  const begin = (from: Props) => {
    const next = baseOf(from);
    setBase(next);
    setDraft(next.draft);
  };
  const save = useMutation({
    mutationFn: () =>
      takeTagged(
        api.client.PATCH('/api/v1/webhooks/{id}', {
          params: {
            path: { id: base.endpoint.id },
            header: base.etag === null ? {} : { 'If-Match': base.etag },
          },
          body: change,
          bodySerializer: (fields) => written(fields, draft),
        }),
      ),
    onSuccess: (saved) => {
      changed(saved);
      begin({ endpoint: saved.data, etag: saved.etag });
      toast({ message: `Saved: ${changedInWords(names)}` });
    },
  });
  const isOutdated = save.error !== null && asApiError(save.error).status === 412;
  const outdated = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isOutdated) outdated.current?.focus();
  }, [isOutdated]);
  const reload = useMutation({
    mutationFn: () =>
      takeTagged(api.client.GET('/api/v1/webhooks/{id}', { params: { path: { id: base.endpoint.id } } })),
    onSuccess: (fresh) => {
      queries.setQueryData(api.key('endpoints', 'one', fresh.data.id), fresh);
      save.reset();
    },
  });
  /** Theirs with what was changed here put over it. */
  const takeOver = async () => {
    const { data, etag } = await reload.mutateAsync();
    const next = baseOf({ endpoint: data, etag });
    setBase(next);
    setDraft(rebased(base.draft, draft, next.draft));
  };
  const startAgain = async () => {
    const { data, etag } = await reload.mutateAsync();
    begin({ endpoint: data, etag });
  };
  return (
    <>
      <EndpointForm
        draft={draft}
        onChange={setDraft}
        isNew={false}
        onSave={() => save.mutate()}
        action="Save"
        isBusy={save.isPending}
        isIdle={!isDirty}
        error={save.error}
      >
        <Button
          variant="default"
          disabled={!isDirty || save.isPending}
          onClick={() => {
            setDraft(base.draft);
            save.reset();
          }}
        >
          Undo my changes
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {isDirty ? `Changed: ${changedInWords(names)}.` : 'Nothing is changed.'}
        </Text>
      </EndpointForm>
      {isOutdated && (
        <Alert
          ref={outdated}
          tabIndex={-1}
          color="orange"
          variant="outline"
          role="alert"
          title="Someone else changed it meanwhile"
          mt="md"
        >
          <Stack gap="sm">
            <Text size="sm">
              Nothing was saved, so that their change is not lost. You wanted to change{' '}
              {list(names.map((name) => changedInWords([name])))}.
            </Text>
            <Group gap="xs">
              <Button size="xs" loading={reload.isPending} onClick={() => void takeOver()}>
                Put my changes on theirs
              </Button>
              <Button
                size="xs"
                variant="default"
                disabled={reload.isPending}
                onClick={() => void startAgain()}
              >
                Show theirs, drop mine
              </Button>
            </Group>
          </Stack>
        </Alert>
      )}
      {guard}
    </>
  );
}
