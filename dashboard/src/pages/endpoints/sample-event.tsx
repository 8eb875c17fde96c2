import { Autocomplete, Stack, Textarea } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { KnownType } from '../../api/types';
import { useCatalogue } from './queries';
import { firstSample, type Sample, withEvent } from './sample';

/** A sample that begins with what the catalogue has, and then is what somebody makes of it. */
export function useSample(patterns: readonly string[]): [Sample, (sample: Sample) => void] {
  const { data } = useCatalogue();
  const [sample, setSample] = useState<Sample>();
  return [sample ?? firstSample(data?.items ?? [], patterns), setSample];
}

const NONE: readonly KnownType[] = [];

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
  const types = data?.items ?? NONE;
  // Who types before the catalogue is there gets the example all the same.
  useEffect(() => {
    const next = withEvent(sample, sample.event, types);
    if (next.data !== sample.data) onChange(next);
  }, [types, sample, onChange]);
  return (
    <Stack gap="xs">
      <Autocomplete
        label="Event type"
        data={[...new Set([...more, ...types.map(({ event }) => event)])]}
        value={sample.event}
        onChange={(event) => onChange(withEvent(sample, event, types))}
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
