import { useState } from 'react';

/** The last value that was there: what a dialog is about goes on being shown while it fades. */
export function useKept<Value>(value: Value | null): Value | null {
  const [kept, setKept] = useState(value);
  if (value !== null && value !== kept) setKept(value);
  return value ?? kept;
}
