import { Paper, Stack } from '@mantine/core';
import type { Endpoint } from '../../../api/types';
import { CodeBlock } from '../../../ui/code-block';
import { duration, number } from '../../../ui/format';
import { inert } from '../../../ui/inert';
import { KeyValues } from '../../../ui/key-values';
import { Time } from '../../../ui/time';
import { draftOf } from '../form/draft';
import { givingUpInWords } from '../form/giving-up-words';
import { Timeline } from '../form/timeline';
import { USUAL } from '../form/usual';

/** The settings for who may only read them. */
export function SettingsView({ endpoint }: { endpoint: Endpoint }) {
  const headers = Object.entries(endpoint.customHeaders);
  return (
    <Stack>
      <Paper withBorder p="md">
        <KeyValues
          items={[
            ['Kind', endpoint.kind],
            ['Events', <Words key="events" words={endpoint.events} />],
            [
              'Channels',
              endpoint.channels.length === 0 ? 'all' : <Words key="channels" words={endpoint.channels} />,
            ],
            ['User', inert(endpoint.userId ?? 'none')],
            [
              'Headers',
              headers.length === 0 ? 'none' : <Words key="h" words={headers.map(([n, v]) => `${n}: ${v}`)} />,
            ],
            ['Authorization', endpoint.auth ?? 'none'],
            ...(endpoint.kind === 'http'
              ? ([
                  ['Body', endpoint.format],
                  ['Signatures', endpoint.signatures.join(', ')],
                  ['Header prefix', endpoint.headerPrefix],
                ] as const)
              : []),
            ['Timeout', duration(endpoint.timeoutMs)],
            ['Requests at a time', endpoint.ordered ? '1, in order' : number(endpoint.maxInFlight)],
            [
              'Rate limit',
              endpoint.rateLimitEnabled
                ? `${number(endpoint.maxRequestsPerMinute)} a minute, ${number(endpoint.burst)} at once`
                : 'none',
            ],
            ['Giving up', givingUpInWords(draftOf(endpoint), USUAL)],
            ['Created', <Time key="created" at={endpoint.createdAt} />],
            ['Changed', <Time key="updated" at={endpoint.updatedAt} />],
          ]}
        />
      </Paper>
      <Timeline schedule={endpoint.retrySchedule} maxRetries={endpoint.maxRetries} />
      {endpoint.filter !== null && (
        <CodeBlock text={JSON.stringify(endpoint.filter, null, 2)} label="Filter">
          Filter
        </CodeBlock>
      )}
      {endpoint.template !== null && (
        <CodeBlock text={endpoint.template} label="Template">
          Template
        </CodeBlock>
      )}
      {Object.entries(endpoint.templates).map(([pattern, template]) => (
        <CodeBlock key={pattern} text={template} label={`Template for ${pattern}`}>
          Template for {inert(pattern)}
        </CodeBlock>
      ))}
    </Stack>
  );
}

function Words({ words }: { words: readonly string[] }) {
  return (
    <span className="hy-mono" style={{ overflowWrap: 'anywhere' }}>
      {inert(words.join(', '))}
    </span>
  );
}
