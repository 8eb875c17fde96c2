import { Button, CloseButton, Group, TextInput } from '@mantine/core';
import { IconFilter, IconFilterOff, IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useIsPhone } from './use-phone';

interface Props {
  children: React.ReactNode;
  /** Whether any filter is set. */
  isActive: boolean;
  onClear: () => void;
  /** What is filtered, as in "deliveries". */
  what: string;
}

/** Filters of a list. Their values are in the address: see `search.ts`. On a phone they are folded away, or nothing else would be seen. */
export function FilterBar({ children, isActive, onClear, what }: Props) {
  const isPhone = useIsPhone();
  const [isOpen, setOpen] = useState(false);
  return (
    <Group component="search" aria-label={`Filter ${what}`} gap="xs" align="flex-end">
      {isPhone && (
        <Button
          variant="default"
          leftSection={<IconFilter size={16} aria-hidden />}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {isActive ? 'Filters (set)' : 'Filters'}
        </Button>
      )}
      {(!isPhone || isOpen) && children}
      {isActive && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconFilterOff size={16} aria-hidden />}
          onClick={onClear}
        >
          Clear filters
        </Button>
      )}
    </Group>
  );
}

interface SearchProps {
  label: string;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
  width?: number;
}

const SETTLED_MS = 300;

/** A text that filters: told on once the typing pauses, or at Enter. */
export function SearchInput({ label, placeholder = '', value, onChange, width = 240 }: SearchProps) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  // The address changed by another way, as by the back button.
  useEffect(() => {
    if (value !== told.current) setText(value);
    told.current = value;
  }, [value]);
  const tell = (next: string) => {
    if (next.trim() === told.current) return;
    told.current = next.trim();
    onChange(next.trim());
  };
  const latest = useRef(tell);
  latest.current = tell;
  useEffect(() => {
    const timer = setTimeout(() => latest.current(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={text}
      w={{ base: '100%', sm: width }}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text === '' ? null : (
          <CloseButton
            size="sm"
            aria-label={`Clear: ${label}`}
            onClick={() => {
              setText('');
              tell('');
            }}
          />
        )
      }
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') tell(text);
      }}
    />
  );
}
