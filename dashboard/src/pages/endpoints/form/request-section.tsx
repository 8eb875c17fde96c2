import { Checkbox, NumberInput, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { oneOf } from '../../../app/search';
import { list, number } from '../../../ui/format';
import { AuthFields } from './auth-fields';
import type { Draft } from './draft';
import { HeaderFields } from './header-fields';
import { type FieldsProps, field, fieldId, type PartProps } from './part';
import { Section } from './section';
import { typed } from './typed';

const FORMATS = ['hookyard', 'standard', 'cloudevents', 'data'] as const;
const FORMAT_DATA = [
  { value: 'hookyard', label: 'Hookyard: event, timestamp, eventId, data' },
  { value: 'standard', label: 'Standard Webhooks: type, timestamp, data' },
  { value: 'cloudevents', label: 'CloudEvents 1.0' },
  { value: 'data', label: 'The data alone' },
];

/** What the request looks like besides the event. */
export function RequestSection({ draft, set, faults, isNew, usual }: PartProps) {
  const isHttp = draft.kind === 'http';
  const names = [
    'customHeaders',
    'auth',
    'format',
    'signatures',
    'secret',
    'headerPrefix',
    'timeoutMs',
  ] as const;
  return (
    <Section
      title="Request"
      about={
        isHttp ? 'Headers, credentials, the form of the body and how it is signed.' : 'Headers and timeout.'
      }
      summary={summaryOf(draft)}
      isOpenAtFirst={!isNew && (draft.headers.length > 0 || draft.auth !== 'none')}
      isWrong={names.some((name) => faults[name] !== undefined)}
    >
      {isHttp && (
        <Select
          {...field('format', faults)}
          label="Body"
          data={FORMAT_DATA}
          value={draft.format}
          onChange={(format) => set({ format: oneOf(format, FORMATS) ?? 'hookyard' })}
          allowDeselect={false}
        />
      )}
      <HeaderFields draft={draft} set={set} faults={faults} isNew={isNew} />
      <AuthFields draft={draft} set={set} faults={faults} isNew={isNew} />
      {isHttp && <SigningFields draft={draft} set={set} faults={faults} isNew={isNew} />}
      <NumberInput
        {...field('timeoutMs', faults)}
        label="Timeout"
        description={`For one attempt, from resolving the name to the end of the answer; ${number(usual.timeoutMsMax)} ms at most.`}
        placeholder={`${number(usual.timeoutMs)} ms where nothing is given`}
        value={draft.timeoutMs}
        onChange={(value) => set({ timeoutMs: typed(value) })}
        suffix=" ms"
        thousandSeparator=","
        allowDecimal={false}
        allowNegative={false}
        maw={280}
      />
    </Section>
  );
}

function SigningFields({ draft, set, faults, isNew }: FieldsProps) {
  return (
    <>
      <Checkbox.Group
        label="Signatures"
        description="How a receiver knows that a request is yours."
        value={[...(draft.isV1 ? ['v1'] : []), ...(draft.isV1a ? ['v1a'] : [])]}
        onChange={(chosen) => set({ isV1: chosen.includes('v1'), isV1a: chosen.includes('v1a') })}
        error={faults.signatures}
      >
        <Stack gap={6} mt={6}>
          <Checkbox
            id={fieldId('signatures')}
            value="v1"
            label="v1: HMAC-SHA256 with the secret, which both sides know"
          />
          <Checkbox value="v1a" label="v1a: ed25519; the receiver has a public key, and cannot sign" />
        </Stack>
      </Checkbox.Group>
      {isNew && (
        <PasswordInput
          {...field('secret', faults)}
          label="Signing secret"
          description="Empty: a good one is made, and shown once. Or your own: whsec_ and base64, or 16 to 128 characters."
          value={draft.secret}
          onChange={(event) => set({ secret: event.currentTarget.value })}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the secret' }}
        />
      )}
      <TextInput
        {...field('headerPrefix', faults)}
        label="Header prefix"
        description="What the names of Hookyard’s own headers begin with."
        value={draft.headerPrefix}
        onChange={(event) => set({ headerPrefix: event.currentTarget.value })}
        spellCheck={false}
        maw={280}
      />
      <Text size="xs" c="dimmed" mt={-8}>
        As in <span className="hy-mono">{draft.headerPrefix}Event</span>. The headers{' '}
        <span className="hy-mono">webhook-id</span>, <span className="hy-mono">-timestamp</span> and{' '}
        <span className="hy-mono">-signature</span> are always there.
      </Text>
    </>
  );
}

function summaryOf({ kind, headers, auth, format, isV1, isV1a, timeoutMs }: Draft): string {
  const parts: string[] = [];
  if (kind === 'http') {
    parts.push(FORMAT_DATA.find(({ value }) => value === format)?.label.replace(/:.*/, '') ?? format);
    parts.push(`signed ${list([...(isV1 ? ['v1'] : []), ...(isV1a ? ['v1a'] : [])])}`);
  }
  parts.push(headers.length === 0 ? 'no headers of its own' : `${headers.length} of its own headers`);
  if (auth !== 'none') parts.push(auth === 'keep' ? 'with credentials' : `with ${auth} credentials`);
  parts.push(`timeout ${timeoutMs === '' ? 'as configured' : `${timeoutMs / 1000} s`}`);
  return `${parts.join(', ')}.`;
}
