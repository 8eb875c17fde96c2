import { List, Stack, TagsInput, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { count, list } from '../../../ui/format';
import { inert } from '../../../ui/inert';
import { useCatalogue } from '../queries';
import { type FieldsProps, field } from './part';
import { covers, patternFault, separate, suggestions } from './pattern';
import { Section } from './section';

const NAMED = 6;

/** Which events: patterns from the catalogue or typed, and what they come to today. */
export function EventsSection({ draft, set, faults }: FieldsProps) {
  const { data } = useCatalogue();
  const [typed, setTyped] = useState('');
  const types = useMemo(() => data?.items.map(({ event }) => event) ?? [], [data]);
  const options = useMemo(() => {
    const { all, families, types: each } = suggestions(types);
    return [
      { group: 'Everything', items: [all] },
      ...(families.length > 0 ? [{ group: 'All that begin so', items: families }] : []),
      ...(each.length > 0 ? [{ group: 'Event types seen or described here', items: each }] : []),
    ];
  }, [types]);
  return (
    <Section
      title="What"
      about="An event is owed to this endpoint if one of these is its type, and it bears one of the channels, where there are some."
    >
      <TagsInput
        {...field('events', faults)}
        label="Events"
        withAsterisk
        description="Event types, or patterns: * stands for one word (order.*), > for all the rest (github.>). Enter takes what you typed."
        placeholder={draft.events.length === 0 ? 'order.paid' : ''}
        data={options}
        value={draft.events}
        onChange={(events) => set({ events: separate(events) })}
        searchValue={typed}
        onSearchChange={setTyped}
        splitChars={[',', ' ']}
        acceptValueOnBlur
        clearable
        clearButtonProps={{ 'aria-label': 'Clear: Events' }}
        maxTags={100}
      />
      <Preview
        patterns={separate([...draft.events, ...pending(typed)])}
        types={types}
        isLoaded={data !== undefined}
      />
      <TagsInput
        {...field('channels', faults)}
        label="Channels"
        description="Only events that bear one of these. None: every event, with channels or without."
        placeholder={draft.channels.length === 0 ? 'emea' : ''}
        value={draft.channels}
        onChange={(channels) => set({ channels })}
        splitChars={[',', ' ']}
        acceptValueOnBlur
        maxTags={10}
      />
    </Section>
  );
}

interface PreviewProps {
  patterns: readonly string[];
  types: readonly string[];
  isLoaded: boolean;
}

function Preview({ patterns, types, isLoaded }: PreviewProps) {
  const faulty = patterns.filter((pattern) => patternFault(pattern) !== undefined);
  const right = patterns.filter((pattern) => patternFault(pattern) === undefined);
  const matched = types.filter((type) => right.some((pattern) => covers(pattern, type)));
  const idle = right.filter((pattern) => !types.some((type) => covers(pattern, type)));
  if (!isLoaded) return <Text size="sm" mih="3.2rem" />;
  return (
    <Stack gap={4} role="status" mih="3.2rem">
      {faulty.map((pattern) => (
        <Text key={pattern} size="sm" c="var(--mantine-color-error)">
          {patternFault(pattern)}
        </Text>
      ))}
      {types.length === 0 ? (
        <Text size="sm" c="dimmed">
          No event was published here yet, so there are no event types to choose from: type what your
          producers will publish.
        </Text>
      ) : (
        right.length > 0 && (
          <Text size="sm">
            {matched.length === 0
              ? `None of the ${count(types.length, 'known event type')} matches.`
              : `Matches ${matched.length} of ${count(types.length, 'known event type')}: ${named(matched)}.`}
          </Text>
        )
      )}
      {types.length > 0 && idle.length > 0 && (
        <List size="sm" c="dimmed">
          {idle.map((pattern) => (
            <List.Item key={pattern}>
              <span className="hy-mono">{inert(pattern)}</span> matches nothing that was published so far.
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

/** What is typed and not taken yet, once it is a pattern: what it comes to is seen before, and nothing jumps after. */
const pending = (typed: string): string[] => (patternFault(typed.trim()) === undefined ? [typed] : []);

function named(types: readonly string[]): string {
  if (types.length <= NAMED) return list(types);
  return list([...types.slice(0, NAMED), `${types.length - NAMED} more`]);
}
