import { Autocomplete, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { KnownType } from '../../api/types';
import { useCatalogue } from './queries';
import { type Sample, withExample } from './sample';

/**
 * A sample that begins as `first` makes it of the catalogue, and then is what somebody makes of it. Who names a type before the
 * catalogue is there gets its example all the same.
 */
export function useSample(
  first: (types: readonly KnownType[]) => Sample,
): [Sample, (sample: Sample) => void] {
  const { data } = useCatalogue();
  const types = data?.items ?? [];
  const [sample, setSample] = useState<Sample>();
  return [withExample(sample ?? first(types), types), setSample];
}

interface Props {
  sample: Sample;
  onChange: (sample: Sample) => void;
  faults?: { event?: string | undefined; data?: string | undefined };
  /** Types to choose from besides the catalogue's. */
  more?: readonly string[];
}

/** Chooses an event type and writes its data. */
export function SampleEvent({ sample, onChange, faults = {}, more = [] }: Props) {
  const { data } = useCatalogue();
  const types = data?.items ?? [];
  return (
    <Stack gap="xs">
      <Autocomplete
        label="Event type"
        data={[...new Set([...more, ...types.map(({ event }) => event)])]}
        value={sample.event}
        onChange={(event) => onChange({ ...sample, event })}
        error={faults.event}
        spellCheck={false}
        maw={360}
      />
      <Textarea
        label="Data"
        value={sample.data}
        onChange={(event) => onChange({ ...sample, data: event.currentTarget.value, isOwn: true })}
        autosize
        minRows={4}
        maxRows={16}
        autoComplete="off"
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8125rem' } }}
        error={faults.data}
      />
    </Stack>
  );
}
