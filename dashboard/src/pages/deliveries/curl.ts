import type { Attempt } from '../../api/types';
import { shellQuote } from './shell-quote';

/** Words of a command may have 128 KiB on Linux; longer bodies come from a file. */
export const LONGEST_WORD = 100_000;

export const BODY_FILE = 'body.txt';

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Curl makes these itself. */
const OWN = new Set(['host', 'content-length', 'transfer-encoding', 'connection']);

export interface Curl {
  command: string;
  /** What somebody has to know before it does the same as the attempt. */
  notes: string[];
}

/** The request of an attempt as a curl command: nothing in it can become anything but an argument of curl. */
export function curlOf({ url, headers, body, truncated }: Attempt['request']): Curl {
  const lines = ['curl --globoff --include --max-time 30 --request POST'];
  const hidden: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name) || OWN.has(name.toLowerCase()) || typeof value !== 'string') continue;
    if (value === '***') hidden.push(name);
    // Curl takes "Name:" as leaving the header out, "Name;" as having it empty.
    lines.push(`--header ${shellQuote(value.trim() === '' ? `${name};` : `${name}: ${oneLine(value)}`)}`);
  }
  const isLong = new TextEncoder().encode(body).length > LONGEST_WORD;
  // --data-raw: a body that begins with @ is no file's name.
  lines.push(isLong ? `--data-binary @${BODY_FILE}` : `--data-raw ${shellQuote(body)}`);
  lines.push(`--url ${shellQuote(oneLine(url))}`);
  return { command: lines.join(' \\\n  '), notes: notesOf({ hidden, isLong, body, truncated, url }) };
}

const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ');

interface Facts {
  hidden: readonly string[];
  isLong: boolean;
  body: string;
  truncated: boolean;
  url: string;
}

function notesOf({ hidden, isLong, body, truncated, url }: Facts): string[] {
  const notes = ['The timestamp and signature are of that time: receivers that check them refuse old ones.'];
  if (hidden.length > 0)
    notes.push(`Not kept, and to be filled in where it says ***: ${hidden.join(', ').slice(0, 300)}.`);
  if (url.includes('***')) notes.push('The secret of the URL is not kept: fill it in where it says ***.');
  if (isLong) notes.push(`The body is long: download it, and save it as ${BODY_FILE} beside the command.`);
  if (truncated && body === '') notes.push('The body is gone, so this sends none.');
  else if (truncated) notes.push('Only the beginning of the body is kept, so this sends less than was sent.');
  return notes;
}
