import { TextInput } from '@mantine/core';
import { localInput, ofLocalInput } from './local-input';

interface Props {
  label: string;
  /** RFC 3339, or undefined for none. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  error?: string | undefined;
}

/** An instant, chosen in the browser's own way and in local time. */
export function InstantInput({ label, value, onChange, error }: Props) {
  return (
    <TextInput
      key={value === undefined ? 'none' : 'some'}
      type="datetime-local"
      label={label}
      defaultValue={value === undefined ? '' : localInput(value)}
      onChange={(event) => onChange(ofLocalInput(event.currentTarget.value))}
      w={{ base: '100%', sm: 210 }}
      error={error}
    />
  );
}
