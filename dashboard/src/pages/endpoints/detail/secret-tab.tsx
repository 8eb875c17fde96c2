import { Button, Group, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { takeTagged } from '../../../api/client';
import { IdempotencyKeys } from '../../../api/id';
import type { Endpoint } from '../../../api/types';
import { useApi } from '../../../api/use-api';
import { useSession } from '../../../session/hooks';
import { ConfirmDialog } from '../../../ui/confirm-dialog';
import { CopyButton } from '../../../ui/copy-button';
import { inert } from '../../../ui/inert';
import { KeyValues } from '../../../ui/key-values';
import { useEndpointChanged } from '../queries';
import { HowToVerify, ShownSecret } from '../shown-secret';

const OVERLAPS = [
  { value: '1h', label: '1 hour' },
  { value: '24h', label: '24 hours' },
  { value: '7d', label: '7 days' },
  { value: '0s', label: 'Not at all: the old one ends now' },
];

/** What signs the requests, and how it is replaced. */
export function SecretTab({ endpoint }: { endpoint: Endpoint }) {
  const { can } = useSession();
  const [secret, setSecret] = useState<string>();
  if (endpoint.kind !== 'http') {
    return (
      <Text size="sm" maw="70ch">
        Messages for {endpoint.kind === 'discord' ? 'Discord' : 'Slack'} are not signed: nobody there would
        look. The URL itself is the secret, kept sealed. To replace it, make a new webhook there and change
        the URL under “Settings”.
      </Text>
    );
  }
  return (
    <Stack>
      {secret !== undefined && <ShownSecret secret={secret} />}
      <Paper withBorder p="md">
        <KeyValues
          items={[
            [
              'Secret',
              <span key="hint" className="hy-mono">
                …{inert(endpoint.secretHint)}
              </span>,
            ],
            ['Signatures', endpoint.signatures.join(', ')],
            ...(endpoint.publicKey === null
              ? []
              : ([
                  [
                    'Public key (v1a)',
                    <Group key="public" gap={4} wrap="nowrap">
                      <span className="hy-mono" style={{ overflowWrap: 'anywhere' }}>
                        {endpoint.publicKey}
                      </span>
                      <CopyButton value={endpoint.publicKey} label="Copy the public key" />
                    </Group>,
                  ],
                ] as const)),
          ]}
        />
      </Paper>
      {can('write') && <Rotate endpoint={endpoint} onRotated={setSecret} />}
      <Stack gap="xs">
        <Title order={2}>Verify what comes</Title>
        <HowToVerify />
      </Stack>
    </Stack>
  );
}

interface RotateProps {
  endpoint: Endpoint;
  onRotated: (secret: string) => void;
}

function Rotate({ endpoint, onRotated }: RotateProps) {
  const api = useApi();
  const changed = useEndpointChanged();
  const [isAsking, setAsking] = useState(false);
  const [overlap, setOverlap] = useState('24h');
  const keys = useRef(new IdempotencyKeys());
  const rotate = useMutation({
    mutationFn: () =>
      takeTagged(
        api.client.POST('/api/v1/webhooks/{id}/rotate-secret', {
          params: {
            path: { id: endpoint.id },
            header: { 'Idempotency-Key': keys.current.for({ overlap }) },
          },
          body: { overlap },
        }),
      ),
    onSuccess: ({ data: { secret, ...rest }, etag }) => {
      keys.current.done();
      changed({ data: rest, etag });
      onRotated(secret);
      setAsking(false);
    },
  });
  return (
    <Group>
      <Button variant="default" onClick={() => setAsking(true)}>
        Replace the secret…
      </Button>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title="Replace the signing secret?"
        consequences={[
          'A new secret is made and shown once.',
          overlap === '0s'
            ? 'Requests are signed with the new one alone: a receiver that has the old one refuses them until it is changed.'
            : 'Until the overlap ends requests are signed with both: the receiver can change at any time before.',
          'The header with the hex signature uses the new one at once.',
        ]}
        action="Replace the secret"
        isDangerous={overlap === '0s'}
        isBusy={rotate.isPending}
        error={rotate.error}
        onConfirm={() => rotate.mutate()}
      >
        <Select
          label="The old secret signs too for"
          data={OVERLAPS}
          value={overlap}
          onChange={(value) => setOverlap(value ?? '24h')}
          allowDeselect={false}
        />
      </ConfirmDialog>
    </Group>
  );
}
