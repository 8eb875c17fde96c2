import { Anchor, Button, Group, Text, Textarea } from '@mantine/core';
import { prettyJson } from '../../../ui/inert';
import { hasLongNumbers } from './json';
import { type FieldsProps, field } from './part';
import { Section } from './section';
import { TryFilter } from './try-filter';

const EXAMPLES = [
  { label: 'Amount over 100', filter: '{\n  "data.amount": [{ "numeric": [">", 100] }]\n}' },
  { label: 'One of these', filter: '{\n  "data.currency": ["EUR", "CHF"]\n}' },
  { label: 'Begins with', filter: '{\n  "data.region": [{ "prefix": "eu-" }]\n}' },
  { label: 'Has no discount', filter: '{\n  "data.discount": [{ "exists": false }]\n}' },
];

/** Which events of these types, by what is in them. */
export function FilterSection({ draft, set, faults, isNew }: FieldsProps) {
  const text = draft.filter.trim();
  const pretty = text === '' ? undefined : prettyJson(text);
  return (
    <Section
      title="Filter"
      about={
        <>
          Fields of the event, each with a list of what it may be. Every field has to hold; of its list one is
          enough.
        </>
      }
      summary={
        text === '' ? 'None: every event of these types.' : 'Only events that the filter lets through.'
      }
      isOpenAtFirst={!isNew && text !== ''}
      isWrong={faults.filter !== undefined}
    >
      <Textarea
        {...field('filter', faults)}
        label="Filter"
        description="JSON, as {&quot;data.amount&quot;: [{&quot;numeric&quot;: [&quot;>&quot;, 100]}]}. Empty: none."
        value={draft.filter}
        onChange={(event) => set({ filter: event.currentTarget.value })}
        autosize
        minRows={4}
        maxRows={20}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8125rem' } }}
      />
      <Group gap="xs">
        {text === '' ? (
          <>
            <Text size="sm" c="dimmed">
              Begin with:
            </Text>
            {EXAMPLES.map(({ label, filter }) => (
              <Button key={label} size="compact-sm" variant="default" onClick={() => set({ filter })}>
                {label}
              </Button>
            ))}
          </>
        ) : (
          pretty !== undefined &&
          pretty !== draft.filter && (
            <Button size="compact-sm" variant="default" onClick={() => set({ filter: pretty })}>
              Write it out
            </Button>
          )
        )}
      </Group>
      {hasLongNumbers(draft.filter) && (
        <Text size="sm" c="var(--hy-warn)">
          A number here has more digits than browsers hold. It is sent as you type it; one that was loaded
          with the page may have lost its last digits.
        </Text>
      )}
      <Anchor href="/api/v1/docs" target="_blank" rel="noreferrer" size="sm">
        What a filter can say, in the API’s pages
      </Anchor>
      <TryFilter draft={draft} />
    </Section>
  );
}
