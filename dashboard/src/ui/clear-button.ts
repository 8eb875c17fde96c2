/** A field's clear button with a name, and reachable by keyboard, which Mantine's own is not. */
export function clearButton(label: string) {
  return { 'aria-label': `Clear: ${label}`, 'aria-hidden': false, tabIndex: 0 };
}
