import { expect, it } from 'vitest';
import { discordMessage, slackMessage } from './message';

it('reads a Discord message', () => {
  const body = JSON.stringify({
    content: 'Hi',
    embeds: [
      {
        title: 'T',
        color: 255,
        fields: [{ name: 'N', value: 'V' }],
        footer: { text: 'F' },
        image: { url: 'https://x' },
      },
    ],
  });
  expect(discordMessage(body)).toEqual({
    text: 'Hi',
    groups: [
      {
        color: '#0000ff',
        pieces: [
          { kind: 'title', text: 'T' },
          { kind: 'field', name: 'N', text: 'V' },
          { kind: 'image', text: 'https://x' },
          { kind: 'note', text: 'F' },
        ],
      },
    ],
  });
});

it('reads a Slack message, whose text is for notifications where there are blocks', () => {
  const rich = {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'a' }] }],
  };
  const section = { type: 'section', text: { type: 'mrkdwn', text: 'b' }, fields: [{ text: 'c' }] };
  const body = JSON.stringify({ text: 'all', blocks: [rich, section, { type: 'divider' }, { type: 'new' }] });
  expect(slackMessage(body)).toEqual({
    text: '',
    groups: [
      {
        color: undefined,
        pieces: [
          { kind: 'text', text: 'a' },
          { kind: 'text', text: 'b' },
          { kind: 'text', text: 'c' },
          { kind: 'rule', text: '' },
        ],
      },
    ],
  });
  expect(slackMessage('{"text":"x"}')).toEqual({ text: 'x', groups: [] });
});

it('shows nothing of what is none', () => {
  expect(discordMessage('{')).toBeUndefined();
  expect(discordMessage('{"embeds":[{"color":"red","title":7}]}')?.groups).toEqual([
    { color: undefined, pieces: [] },
  ]);
});
