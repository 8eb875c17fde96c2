import { List, PasswordInput, Stack, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { Attempt } from '../../api/types';
import { Badge } from '../../ui/status-badge';
import { Disclosure } from './disclosure';
import { header } from './explain';
import { isAmong, keyOf, sign } from './signature';

type Request = Attempt['request'];

/** Whether a secret makes the signature that was sent. It is computed here: the secret goes nowhere. */
export function VerifySignature({ request }: { request: Request }) {
  const signature = header(request.headers, 'webhook-signature');
  if (signature === undefined) return null;
  return (
    <Disclosure title="Verify the signature">
      <Verifier request={request} signature={signature} />
    </Disclosure>
  );
}

type Verdict = { kind: 'fault'; text: string } | { kind: 'told'; expected: string; matches: boolean };

function Verifier({ request, signature }: { request: Request; signature: string }) {
  const [secret, setSecret] = useState('');
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void verify(request, signature, secret).then((told) => {
      if (isCurrent) setVerdict(told);
    });
    return () => {
      isCurrent = false;
    };
  }, [request, signature, secret]);
  if (request.truncated)
    return (
      <Text size="sm">
        {request.body === '' ? 'The body is gone' : 'Only the beginning of the body is kept'}, so its
        signature cannot be computed.
      </Text>
    );
  return (
    <Stack gap="xs">
      <PasswordInput
        label="Signing secret"
        description="It is used in this page only, and never sent or kept."
        placeholder="whsec_…"
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
        error={secret !== '' && verdict?.kind === 'fault' ? verdict.text : null}
        autoComplete="off"
        spellCheck={false}
        maxLength={300}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the secret' }}
      />
      <div role="status">{secret !== '' && verdict?.kind === 'told' && <Told {...verdict} />}</div>
      <Text size="xs" c="dimmed">
        The signature is HMAC-SHA256 of <span className="hy-mono">webhook-id.webhook-timestamp.body</span> in
        base64, as Standard Webhooks has it.
      </Text>
    </Stack>
  );
}

function Told({ matches, expected }: { matches: boolean; expected: string }) {
  if (matches)
    return (
      <Stack gap={4} align="flex-start">
        <Badge tone="good" icon={IconCheck} text="This secret made the signature" />
        <Text size="sm">
          If your receiver refuses it all the same, it has another secret, changes the body before it checks
          (as by parsing and writing the JSON anew), or its clock is off.
        </Text>
      </Stack>
    );
  return (
    <Stack gap={4} align="flex-start">
      <Badge tone="bad" icon={IconX} text="Another secret made the signature" />
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        With this one it would be <span className="hy-mono">{expected}</span>.
      </Text>
      <List size="sm">
        <List.Item>The secret may have been rotated since: take the one that was in force then.</List.Item>
        <List.Item>It may be another endpoint’s.</List.Item>
      </List>
    </Stack>
  );
}

async function verify(request: Request, signature: string, secret: string): Promise<Verdict> {
  const fault = (text: string): Verdict => ({ kind: 'fault', text });
  // Absent on pages over plain http, whatever the types say.
  const subtle: SubtleCrypto | undefined = crypto.subtle;
  if (!subtle)
    return fault(
      'Browsers compute signatures only on pages that came over https, or from localhost: open this one so.',
    );
  const key = keyOf(secret);
  if ('fault' in key) return fault(key.fault);
  const id = header(request.headers, 'webhook-id');
  const timestamp = header(request.headers, 'webhook-timestamp');
  if (id === undefined || timestamp === undefined)
    return fault('This request has no webhook-id or webhook-timestamp to compute it with.');
  const expected = await sign(key.bytes, { id, timestamp, body: request.body }, subtle);
  return { kind: 'told', expected, matches: isAmong(signature, expected) };
}
