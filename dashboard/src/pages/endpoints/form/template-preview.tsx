import { Loader, Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../../api/client';
import { asApiError } from '../../../api/error';
import type { EndpointKind } from '../../../api/schema';
import { useApi } from '../../../api/use-api';
import { JsonView } from '../../../ui/code-block';
import { ErrorState } from '../../../ui/error-state';
import { inert } from '../../../ui/inert';
import { firstSample, type Sample } from '../sample';
import { SampleEvent, useSample } from '../sample-event';
import type { TemplateRow } from './draft';
import { readJson, withRaw } from './json';
import { MessageView } from './message-view';
import { templateFor } from './most-specific';

interface Props {
  kind: EndpointKind;
  template: string;
  templates: readonly TemplateRow[];
  /** What the endpoint wants. */
  patterns: readonly string[];
}

const SETTLED_MS = 400;

/** What would be sent of an event, made by Hookyard as one types. */
export function TemplatePreview({ kind, template, templates, patterns }: Props) {
  const [sample, setSample] = useSample((types) => firstSample(types, patterns));
  const [form, setForm] = useState('message');
  const wanted = { kind, template: templateFor(sample.event, templates, template), ...sample };
  const [asked] = useDebouncedValue(wanted, SETTLED_MS);
  const read = readJson(sample.data);
  const isHttp = kind === 'http';
  const preview = usePreview(
    asked,
    readJson(asked.data).isRight && (!isHttp || asked.template !== undefined),
  );
  const error = preview.error ? asApiError(preview.error) : undefined;
  const fault = error?.field('/template') ?? (error?.status === 422 ? error.detail : undefined);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={3}>
          Preview {preview.isFetching && <Loader size={14} aria-label="The preview is made" />}
        </Title>
        <SampleEvent
          sample={sample}
          onChange={setSample}
          faults={{
            event: error?.field('/event'),
            data: read.isRight ? error?.field('/data') : read.fault,
          }}
        />
        <div role="status">
          {isHttp && wanted.template === undefined && (
            <Text size="sm" c="dimmed">
              Without a template the body is the usual one.
            </Text>
          )}
          {fault !== undefined && (
            <Text size="sm" c="var(--mantine-color-error)" style={{ overflowWrap: 'anywhere' }}>
              {inert(fault)}
            </Text>
          )}
        </div>
        {error && fault === undefined && <ErrorState error={error} onRetry={() => void preview.refetch()} />}
        {preview.data && !error && (
          <Stack gap="xs">
            {!isHttp && (
              <SegmentedControl
                size="xs"
                value={form}
                onChange={setForm}
                aria-label="How to show the preview"
                data={[
                  { value: 'message', label: 'Message' },
                  { value: 'json', label: 'JSON' },
                ]}
                style={{ alignSelf: 'flex-start' }}
              />
            )}
            {!isHttp && form === 'message' ? (
              <MessageView kind={kind} body={preview.data.body} />
            ) : (
              <JsonView text={preview.data.body} label="What is sent" />
            )}
          </Stack>
        )}
      </Stack>
    </Paper>
  );
}

interface Asked extends Sample {
  kind: EndpointKind;
  template: string | undefined;
}

function usePreview({ kind, template, event, data }: Asked, isWanted: boolean) {
  const api = useApi();
  return useQuery({
    queryKey: api.key('template-preview', kind, template, event, data),
    queryFn: ({ signal }) =>
      take(
        api.client.POST('/api/v1/templates/preview', {
          body: { kind, event, data: null, ...(template === undefined ? {} : { template }) },
          bodySerializer: ({ data: _, ...rest }) => withRaw(rest, { data }),
          signal,
        }),
      ),
    enabled: isWanted,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  });
}
