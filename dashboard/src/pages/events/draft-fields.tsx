import { Anchor, Autocomplete, Group, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { clearButton } from '../../ui/clear-button';
import { InstantInput } from '../../ui/time-range-input';
import { jsonFault } from './json-fault';
import { type Draft, EMPTY, type Faults } from './new-event';
import { useEventTypes } from './use-event-types';

interface Props {
  draft: Draft;
  faults: Faults;
  onChange: (change: Partial<Draft>) => void;
}

/** What an event is made of. */
export function DraftFields({ draft, faults, onChange }: Props) {
  const { types } = useEventTypes();
  const known = types.find(({ event }) => event === draft.event);
  const example = known?.example === undefined || known.example === null ? undefined : known.example;
  const choose = (event: string) => {
    const chosen = types.find((type) => type.event === event);
    // What somebody has typed is not taken from them.
    const isUntouched = draft.data === EMPTY.data;
    const hasExample = chosen?.example !== undefined && chosen.example !== null;
    onChange({ event, ...(isUntouched && hasExample ? { data: pretty(chosen.example) } : {}) });
  };
  return (
    <>
      <Autocomplete
        label="Event type"
        description={known?.description ?? 'What kind of fact it is, as order.paid.'}
        placeholder="order.paid"
        required
        value={draft.event}
        data={types.map(({ event }) => event)}
        limit={50}
        error={faults.event}
        onChange={(event) => onChange({ event: event.trim() })}
        onOptionSubmit={choose}
        autoComplete="off"
        spellCheck={false}
      />
      <Textarea
        label="Payload"
        description="The event’s data: any JSON. It is delivered as it is written here."
        required
        value={draft.data}
        error={faults.data ?? (draft.data.trim() === '' ? undefined : jsonFault(draft.data))}
        onChange={(event) => onChange({ data: event.currentTarget.value })}
        autosize
        minRows={6}
        maxRows={24}
        autoComplete="off"
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      {example !== undefined && pretty(example) !== draft.data && (
        <Text size="sm">
          The catalogue has an example of {draft.event}.{' '}
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => onChange({ data: pretty(example) })}
          >
            Use it
          </Anchor>
        </Text>
      )}
      <TextInput
        label="Event id"
        description="Your own, so that the same event is never delivered twice. One is made when this is empty."
        placeholder="order-42-paid"
        value={draft.eventId}
        error={faults.eventId}
        onChange={(event) => onChange({ eventId: event.currentTarget.value })}
        autoComplete="off"
        spellCheck={false}
      />
      <TagsInput
        label="Channels"
        description="Names by which endpoints may choose; Enter or a comma after each."
        value={[...draft.channels]}
        error={faults.channels}
        onChange={(channels) => onChange({ channels })}
        maxTags={10}
        splitChars={[',', ' ']}
        clearable
        clearButtonProps={clearButton('Channels')}
      />
      <Group align="flex-start" grow preventGrowOverflow={false}>
        <InstantInput
          label="Deliver at"
          description="Kept until then; at once when empty."
          value={draft.deliverAt}
          error={faults.deliverAt}
          onChange={(deliverAt) => onChange({ deliverAt })}
          width={260}
        />
        <InstantInput
          label="Expires at"
          description="Not sent from then on; never when empty."
          value={draft.expiresAt}
          error={faults.expiresAt}
          onChange={(expiresAt) => onChange({ expiresAt })}
          width={260}
        />
      </Group>
    </>
  );
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
