import { Select, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { oneOf } from '../app/search';
import { useZone } from '../prefs/hooks';
import { fromInput, RANGES, type TimeRange, toInput } from './time-range';

const NAMES = [
  { value: '', label: 'Any time' },
  { value: '15m', label: 'Last 15 minutes' },
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: 'custom', label: 'From … to …' },
];

interface Props {
  value: TimeRange;
  onChange: (range: TimeRange) => void;
  label?: string;
}

/** A named range of time, or one from an instant to another, in the zone that times are shown in. */
export function TimeRangeInput({ value, onChange, label = 'Time' }: Props) {
  return (
    <>
      <Select
        label={label}
        data={NAMES}
        value={value.range ?? ''}
        allowDeselect={false}
        w={{ base: '100%', xs: 170 }}
        onChange={(name) => onChange({ range: oneOf(name, RANGES), since: undefined, until: undefined })}
      />
      {value.range === 'custom' && (
        <>
          <InstantInput
            label="From"
            value={value.since}
            onChange={(since) => onChange({ ...value, since })}
          />
          <InstantInput label="To" value={value.until} onChange={(until) => onChange({ ...value, until })} />
        </>
      )}
    </>
  );
}

interface InstantProps {
  label: string;
  value: string | undefined;
  onChange: (at: string | undefined) => void;
  description?: string;
  error?: string | undefined;
  width?: number | string;
}

/** One instant. Told on when the field is left, or at Enter: half a year is no year. */
export function InstantInput({ label, value, onChange, description, error, width = 215 }: InstantProps) {
  const zone = useZone();
  const [text, setText] = useState(() => toInput(value, zone));
  // A browser says nothing of a half one but that it is wrong: its value is empty.
  const [isHalf, setHalf] = useState(false);
  useEffect(() => setText(toInput(value, zone)), [value, zone]);
  const tell = (input: HTMLInputElement) => {
    setHalf(!input.validity.valid);
    if (!input.validity.valid) return;
    const at = fromInput(text, zone);
    if (at !== value && (at !== undefined || text === '')) onChange(at);
  };
  const shown = isHalf ? 'Fill in the date and the time, or clear both.' : error;
  return (
    <TextInput
      type="datetime-local"
      step={1}
      min="1970-01-01T00:00"
      max="9999-12-31T23:59"
      label={`${label} (${zone === 'utc' ? 'UTC' : 'local time'})`}
      value={text}
      w={{ base: '100%', xs: width }}
      {...(description === undefined ? {} : { description })}
      {...(shown === undefined ? {} : { error: shown })}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={(event) => {
        // A form that is being sent says it itself: a word that appears now would move the button away from the click.
        const isSent =
          event.relatedTarget instanceof HTMLButtonElement && event.relatedTarget.type === 'submit';
        if (!isSent || event.currentTarget.validity.valid) tell(event.currentTarget);
      }}
      onInvalid={() => setHalf(true)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') tell(event.currentTarget);
      }}
    />
  );
}
