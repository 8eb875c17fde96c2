import { expect, it } from 'vitest';
import { checkUrl } from './url';

it.each([
  ['', /Give the URL/],
  ['example.com/hook', /Begin it with https:\/\/, as in https:\/\/example.com\/hook/],
  ['localhost:3000/x', /Begin it with/],
  ['example.com:8080/x', /Begin it with/],
  ['ftp://example.com', /ftp is something else/],
  ['https://', /no whole URL/],
  ['https://user:secret@example.com/', /user and password/],
  ['https://example.com/a b', /no spaces/],
  [`https://example.com/${'a'.repeat(2048)}`, /2048/],
])('refuses %s', (url, why) => expect(checkUrl(url, 'http').fault).toMatch(why));

it('takes https, and warns of http and of what is never sent', () => {
  expect(checkUrl('https://example.com/hook', 'http')).toEqual({});
  expect(checkUrl('http://127.0.0.1:8015/', 'http').caution).toMatch(/not encrypted/);
  expect(checkUrl('https://example.com/#top', 'http').caution).toMatch(/behind #/);
});

it('recognises Discord and Slack', () => {
  const discord = 'https://discord.com/api/webhooks/123/abc';
  expect(checkUrl(discord, 'http').recognised).toBe('discord');
  expect(checkUrl('https://canary.discord.com/api/v10/webhooks/1/***', 'http').recognised).toBe('discord');
  expect(checkUrl('https://hooks.slack.com/services/T0/B0/x', 'http').recognised).toBe('slack');
  expect(checkUrl('https://discord.com.evil.example/api/webhooks/1/a', 'http').recognised).toBeUndefined();
  expect(checkUrl(discord, 'slack').caution).toMatch(/Slack/);
  expect(checkUrl('https://example.com/', 'discord').caution).toMatch(/Discord/);
});
