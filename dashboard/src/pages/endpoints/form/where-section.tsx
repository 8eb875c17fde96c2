import { Button, Group, Input, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { oneOf } from '../../../app/search';
import { type FieldsProps, field, fieldId } from './part';
import { Section } from './section';
import { checkUrl, PROVIDER } from './url';

const KINDS = ['http', 'discord', 'slack'] as const;
const KIND_DATA = [
  { value: 'http', label: 'A program (HTTP)' },
  { value: 'discord', label: 'Discord' },
  { value: 'slack', label: 'Slack' },
];
const KIND_WORDS = {
  http: 'It gets each event as a signed JSON request.',
  discord:
    'It gets a message in a channel, without a signature. One request at a time, so that Discord’s limits are heard of.',
  slack:
    'It gets a message in a channel, without a signature. One request at a time, so that Slack’s limits are heard of.',
} as const;

/** Where events go, and what this is called. */
export function WhereSection({ draft, set, faults, isNew }: FieldsProps) {
  return (
    <Section title="Where" about="The address, and what you call it.">
      <UrlField draft={draft} set={set} faults={faults} isNew={isNew} />
      <Stack gap={4}>
        <Input.Label component="div" labelElement="div" id={`${fieldId('kind')}-label`}>
          What is there
        </Input.Label>
        <SegmentedControl
          id={fieldId('kind')}
          aria-labelledby={`${fieldId('kind')}-label`}
          data={KIND_DATA}
          value={draft.kind}
          onChange={(kind) => set({ kind: oneOf(kind, KINDS) ?? 'http' })}
          style={{ alignSelf: 'flex-start' }}
        />
        <Text size="xs" c="dimmed">
          {KIND_WORDS[draft.kind]}
        </Text>
        {faults.kind !== undefined && (
          <Text size="xs" c="var(--mantine-color-error)">
            {faults.kind}
          </Text>
        )}
      </Stack>
      <TextInput
        {...field('name', faults)}
        label="Name"
        description={isNew ? 'What people call it; the URL’s host where you say nothing.' : undefined}
        value={draft.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        maxLength={200}
      />
      <TextInput
        {...field('userId', faults)}
        label="User"
        description="Whose it is, for the limit of endpoints per user. Empty: nobody’s in particular."
        placeholder="u_42"
        value={draft.userId}
        onChange={(event) => set({ userId: event.currentTarget.value })}
        maxLength={200}
      />
    </Section>
  );
}

function UrlField({ draft, set, faults }: FieldsProps) {
  // Said once there is something to judge, not at the first letter.
  const [isTyped, setTyped] = useState(false);
  const { fault, caution, recognised } = checkUrl(draft.url, draft.kind);
  const looksDone = isTyped || draft.url.length > 12;
  const error = faults.url ?? (looksDone && draft.url !== '' ? fault : undefined);
  const canBecome = recognised !== undefined && recognised !== draft.kind ? recognised : undefined;
  return (
    <Stack gap={6}>
      <TextInput
        id={fieldId('url')}
        label="URL"
        placeholder="https://example.com/hook"
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        withAsterisk
        value={draft.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
        onBlur={() => setTyped(true)}
        {...(error === undefined ? {} : { error })}
        description={
          draft.kind === 'http'
            ? 'https, reachable from the internet. Each event comes here as a POST.'
            : `The webhook URL that ${PROVIDER[draft.kind]} gave you for the channel. Whoever has it can write there: it is kept sealed.`
        }
      />
      <div role="status">
        {canBecome !== undefined && (
          <Group gap="xs">
            <Text size="sm">This is a webhook of {PROVIDER[canBecome]}.</Text>
            <Button size="compact-sm" variant="light" onClick={() => set({ kind: canBecome })}>
              Send {PROVIDER[canBecome]} messages
            </Button>
          </Group>
        )}
        {error === undefined && caution !== undefined && (
          <Text size="sm" c="var(--hy-warn)">
            {caution}
          </Text>
        )}
      </div>
    </Stack>
  );
}
