import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { curlOf, LONGEST_WORD } from './curl';
import { shellQuote } from './shell-quote';

/** What a shell makes of the command: the arguments that curl would get. */
function argumentsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const said = execFileSync('/bin/bash', ['--noprofile', '--norc', '-c', script], {
    env: { PATH: '/nowhere' },
    encoding: 'utf8',
  });
  return said.split('\0').slice(0, -1);
}

const request = (more: Partial<Parameters<typeof curlOf>[0]> = {}) => ({
  url: 'https://example.com/hook',
  headers: { 'content-type': 'application/json' },
  body: '{"event":"order.paid"}',
  truncated: false,
  ...more,
});

test('says the request as it was', () => {
  expect(curlOf(request()).command).toBe(
    [
      'curl --globoff --include --max-time 30 --request POST',
      "--header 'content-type: application/json'",
      `--data-raw '{"event":"order.paid"}'`,
      '--url https://example.com/hook',
    ].join(' \\\n  '),
  );
});

describe('hostile texts stay arguments', () => {
  test.each([
    `'; id; '`,
    '$(id) `id` $HOME "quoted" \\ \\\' !! & | > < * ? ~ #',
    `it's {"a": "it''s"}`,
    'first\nsecond\n',
    '\x1b[201~\nrm -rf /\n\x1b[2J\x07 bell \x9b31m',
    '\u202Egnp.exe\u2066 \u200B',
    "back\\slash \\n \\x41 \\'",
    "\x01'\x02\\'",
    '-o /etc/passwd',
    '@/etc/passwd',
    '😀 ünï',
    '',
  ])('%j', (text) => {
    const got = argumentsOf(curlOf(request({ body: text })).command);
    expect(got[got.indexOf('--data-raw') + 1]).toBe(text);
    expect(got).toHaveLength(12);
  });

  test('in headers and the URL too', () => {
    const { command } = curlOf(
      request({
        url: "https://example.com/a'b?x=$(id)&[1-9]{a,b}",
        headers: { 'X-Env': `'; id; '`, '@/etc/passwd': 'x', 'X-Empty': '', 'X-Line': 'a\r\nX-Other: b' },
      }),
    );
    const got = argumentsOf(command);
    expect(got).toContain("X-Env: '; id; '");
    expect(got).toContain('X-Empty;');
    expect(got).toContain('X-Line: a X-Other: b');
    expect(got).toContain("https://example.com/a'b?x=$(id)&[1-9]{a,b}");
    expect(got.join(' ')).not.toContain('passwd');
  });

  test('what is hidden to the eye is written out, and the command is visible as a whole', () => {
    const { command } = curlOf(request({ body: '\x1b[2J\u202E\u0000x' }));
    expect(command).toMatch(/^[\n -~]*$/);
    expect(argumentsOf(command)).toContain('\x1b[2J\u202Ex');
  });
});

test('what curl does itself is left out', () => {
  const { command } = curlOf(
    request({ headers: { Host: 'a', 'Content-Length': '5', 'webhook-id': 'dlv_1' } }),
  );
  expect(command).not.toMatch(/host:|content-length/i);
  expect(command).toContain('webhook-id: dlv_1');
});

test('notes say what is missing', () => {
  expect(curlOf(request()).notes).toHaveLength(1);
  const { command, notes } = curlOf(
    request({
      headers: { authorization: '***' },
      url: 'https://discord.com/api/webhooks/1/***',
      body: 'x'.repeat(LONGEST_WORD + 1),
      truncated: true,
    }),
  );
  expect(notes.join('\n')).toMatch(/authorization[\s\S]*URL[\s\S]*body\.txt[\s\S]*beginning/);
  expect(command).toContain('--data-binary @body.txt');
  expect(command.length).toBeLessThan(1000);
});

test('plain words need no quotes', () => {
  expect(shellQuote('https://a.test/x?y')).toBe("'https://a.test/x?y'");
  expect(shellQuote('a-b_c.d:/@%+=,1')).toBe('a-b_c.d:/@%+=,1');
  expect(shellQuote('')).toBe("''");
});
