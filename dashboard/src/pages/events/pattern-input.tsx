import { Autocomplete } from '@mantine/core';
import { useEffect, useState } from 'react';
import { clearButton } from '../../ui/clear-button';
import { isPattern, patternFault } from './pattern';
import { useEventTypes } from './use-event-types';

interface Props {
  value: string | undefined;
  onChange: (pattern: string | undefined) => void;
  /** Told whether what is typed is none: then the one of before holds, and nothing should be begun with it. */
  onFault?: (isWrong: boolean) => void;
}

/** A type of events, or a pattern of types, with those of the catalogue to choose from. Told on at Enter and when left. */
export function PatternInput({ value, onChange, onFault }: Props) {
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const { types } = useEventTypes();
  const fault = patternFault(text.trim());
  useEffect(() => onFault?.(fault !== undefined), [onFault, fault]);
  const tell = (typed: string) => {
    const pattern = typed.trim();
    if (pattern === (value ?? '')) return;
    if (pattern === '') onChange(undefined);
    else if (isPattern(pattern)) onChange(pattern);
  };
  return (
    <Autocomplete
      label="Event type"
      placeholder="order.paid or order.*"
      value={text}
      data={types.map(({ event }) => event)}
      limit={50}
      error={fault}
      onChange={setText}
      onOptionSubmit={tell}
      onBlur={() => tell(text)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') tell(text);
      }}
      clearable
      clearButtonProps={clearButton('Event type')}
      onClear={() => tell('')}
      autoComplete="off"
      spellCheck={false}
      w={{ base: '100%', xs: 220 }}
    />
  );
}
