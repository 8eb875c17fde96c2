import { SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { Attempt } from '../../api/types';
import { CodeBlock, JsonView } from '../../ui/code-block';
import { duration } from '../../ui/format';
import { Time } from '../../ui/time';
import { AsCurl } from './as-curl';
import { explain, failedOf } from './explain';
import { ExplanationBox } from './explanation-box';
import { headersText } from './headers-text';
import { outcomeText } from './outcome';
import { VerifySignature } from './verify-signature';

/** One attempt: what was sent, what came back, and what went wrong. */
export function AttemptDetails({ attempt }: { attempt: Attempt }) {
  const explanation = explain(failedOf(attempt));
  return (
    <Stack component="section" aria-label={`Attempt ${attempt.number}`} miw={0}>
      <div>
        <Title order={2}>
          Attempt {attempt.number}: {outcomeText(attempt.outcome, attempt.response?.status ?? null)}
        </Title>
        <Text size="sm" c="dimmed">
          Started <Time at={attempt.startedAt} exactly />, took {duration(attempt.durationMs)}.
        </Text>
      </div>
      {explanation && <ExplanationBox explanation={explanation} />}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Sent attempt={attempt} />
        <Answered attempt={attempt} />
      </SimpleGrid>
    </Stack>
  );
}

const PART = { miw: 0, gap: 'xs' } as const;

function Sent({ attempt: { request } }: { attempt: Attempt }) {
  return (
    <Stack {...PART}>
      <Title order={3}>Request</Title>
      <Caption>Headers</Caption>
      <CodeBlock text={`POST ${request.url}\n\n${headersText(request.headers)}`} label="Request headers" />
      <Caption>Body</Caption>
      {request.body === '' ? (
        <Nothing>{request.truncated ? 'It was kept for its time and is gone.' : 'No body was sent.'}</Nothing>
      ) : (
        <JsonView text={request.body} label="Request body" />
      )}
      {request.truncated && request.body !== '' && <Note>Only the beginning of the body is kept.</Note>}
      <AsCurl request={request} />
      <VerifySignature request={request} />
    </Stack>
  );
}

function Answered({ attempt: { response } }: { attempt: Attempt }) {
  return (
    <Stack {...PART}>
      <Title order={3}>Response</Title>
      {response === null ? (
        <Nothing>No response came.</Nothing>
      ) : (
        <>
          <Caption>Headers</Caption>
          <CodeBlock
            text={`Status ${response.status}\n\n${headersText(response.headers)}`}
            label="Response headers"
          />
          <Caption>Body</Caption>
          {response.body === '' ? (
            <Nothing>The response has no body.</Nothing>
          ) : (
            <JsonView text={response.body} label="Response body" />
          )}
          {response.bodyEncoding === 'base64' && (
            <Note>The body is no text: its bytes are shown in base64.</Note>
          )}
          {response.truncated && <Note>Only the first 16 KiB of the body are read and kept.</Note>}
        </>
      )}
    </Stack>
  );
}

function Caption({ children }: { children: React.ReactNode }) {
  return (
    <Text size="xs" fw={600} c="dimmed">
      {children}
    </Text>
  );
}

function Note({ children }: { children: React.ReactNode }) {
  return (
    <Text size="xs" c="dimmed">
      {children}
    </Text>
  );
}

function Nothing({ children }: { children: React.ReactNode }) {
  return (
    <Text size="sm" c="dimmed" fs="italic">
      {children}
    </Text>
  );
}
