import { Autocomplete, JsonInput, Stack } from '@mantine/core';
import type { KnownType } from '../../api/types';
import { useCatalogue } from './queries';

/** An event to try something on: a type, and data as JSON text. */
export interface Sample {
  event: string;
  data: string;
}

export const FIRST_SAMPLE: Sample = { event: 'order.paid', data: '{\n  "id": 42,\n  "amount": 129.5\n}' };

/** The example that the catalogue has of a type; undefined where it has none. */
export function exampleOf(types: readonly KnownType[], event: string): string | undefined {
  const known = types.find((type) => type.event === event);
  return known === undefined || known.example === null || known.example === undefined
    ? undefined
    : JSON.stringify(known.example, null, 2);
}

interface Props {
  sample: Sample;
  onChange: (sample: Sample) => void;
  faults?: { event?: string | undefined; data?: string | undefined };
  /** Types to choose from besides the catalogue's. */
  more?: readonly string[];
}

/** Chooses an event type and writes its data, beginning with the catalogue's example where there is one. */
export function SampleEvent({ sample, onChange, faults = {}, more = [] }: Props) {
  const { data } = useCatalogue();
  const types = data?.items ?? [];
  const choose = (event: string) => onChange({ event, data: exampleOf(types, event) ?? sample.data });
  return (
    <Stack gap="xs">
      <Autocomplete
        label="Event type"
        data={[...new Set([...more, ...types.map(({ event }) => event)])]}
        value={sample.event}
        onChange={choose}
        error={faults.event}
        spellCheck={false}
        maw={360}
      />
      <JsonInput
        label="Data"
        value={sample.data}
        onChange={(text) => onChange({ ...sample, data: text })}
        autosize
        minRows={4}
        maxRows={16}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8125rem' } }}
        error={faults.data}
      />
    </Stack>
  );
}
