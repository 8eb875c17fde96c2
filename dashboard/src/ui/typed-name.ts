import { inert } from './inert';

/** Whether a name was typed, as it is shown: what nobody sees of it nobody can type, and rows of spaces look like one. */
export function isTyped(text: string, name: string): boolean {
  return asShown(text) === asShown(name);
}

const asShown = (text: string) => inert(text).replace(/\s+/g, ' ').trim();
