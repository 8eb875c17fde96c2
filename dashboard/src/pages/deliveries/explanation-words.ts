/** What went wrong in words, and what somebody can do about it. */
export interface Explanation {
  title: string;
  text: string;
  hint: string;
}

export const LOOK_AT_RECEIVER = 'Look into the receiver’s log at the time of this attempt.';

const LONGEST = 300;

export function short(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

export function sentence(error: string): string {
  if (error === '') return 'No more is known.';
  const text = short(error);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}
