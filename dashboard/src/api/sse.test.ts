import { describe, expect, it } from 'vitest';
import { SseParser } from './sse';

const whole = (text: string) => new SseParser().push(text);

describe('SseParser', () => {
  it('reads events with names and ids', () => {
    expect(whole('event: attempt\nid: d.1\ndata: {"a":1}\n\n')).toEqual([
      { event: 'attempt', data: '{"a":1}', id: 'd.1' },
    ]);
  });

  it('joins lines of data, and names what has no name', () => {
    expect(whole('data: a\ndata:b\ndata:  c\n\n')).toEqual([{ event: 'message', data: 'a\nb\n c', id: '' }]);
  });

  it('passes over comments, unknown fields, and events without data', () => {
    expect(whole(': here\n\nfoo: bar\nevent: lost\n\ndata\n\n')).toEqual([
      { event: 'message', data: '', id: '' },
    ]);
  });

  it.each(['\n', '\r\n', '\r'])('takes %j for the end of a line', (end) => {
    const text = `event: a${end}data: 1${end}${end}data: 2${end}${end}:${end}`;
    expect(whole(text).map(({ data }) => data)).toEqual(['1', '2']);
  });

  it('reads the same in whatever pieces it comes', () => {
    const text = '\uFEFFid: 1\r\nevent: attempt\r\ndata: übung\r\n\r\n: x\r\ndata: two\r\n\r\n';
    for (let size = 1; size < text.length; size++) {
      const parser = new SseParser();
      const events = [];
      for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
      expect(events).toEqual([
        { event: 'attempt', data: 'übung', id: '1' },
        { event: 'message', data: 'two', id: '1' },
      ]);
    }
  });

  it('keeps the last id, and ignores one with a NUL', () => {
    const parser = new SseParser();
    parser.push('id: 7\ndata: x\n\nid: 8\0\ndata: y\n\n');
    expect(parser.lastId).toBe('7');
  });

  it('knows the wait the server wants', () => {
    const parser = new SseParser();
    parser.push('retry: 2500\nretry: soon\n\n');
    expect(parser.retryMs).toBe(2500);
  });

  it('drops an event without end instead of gathering it', () => {
    const parser = new SseParser();
    const line = `data: ${'x'.repeat(400_000)}\n`;
    expect(parser.push(`${line}${line}${line}\n`)).toEqual([]);
    expect(parser.push('data: after\n\n')).toHaveLength(1);
  });
});
