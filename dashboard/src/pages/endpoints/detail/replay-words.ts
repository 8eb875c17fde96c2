import type { Endpoint, Replay } from '../../../api/types';
import { count, number } from '../../../ui/format';
import type { Found } from './found';

interface Asked {
  what: 'dead' | 'unsent';
  found: Found;
  endpoint: Endpoint;
  event: string | undefined;
}

/** What a replay does, sentence by sentence. */
export function consequencesOfReplay({ what, found, endpoint, event }: Asked): string[] {
  const pace = endpoint.rateLimitEnabled
    ? `They are sent at its rate: at most ${number(endpoint.maxRequestsPerMinute)} attempts a minute.`
    : 'They are sent as fast as the endpoint takes them; what is new comes between.';
  const paused =
    endpoint.status === 'paused' ? ['The endpoint is paused: they wait until somebody resumes it.'] : [];
  if (what === 'unsent') {
    return [
      `Kept events ${event === undefined ? 'of its types' : `of ${event}`} that were never owed to it become owed, oldest first.`,
      'The receiver gets them late: it should look at the time in each.',
      pace,
      ...paused,
    ];
  }
  const amount =
    found.count === undefined
      ? 'The dead letters in this range are'
      : `${found.isMore ? 'More than ' : ''}${count(found.count, 'dead letter')} ${found.count === 1 ? 'is' : 'are'}`;
  return [
    `${amount} sent again, each with a fresh set of attempts.`,
    'A receiver may have one of them already, where only its answer was lost: it knows it by its webhook-id.',
    pace,
    ...paused,
  ];
}

export function rangeFault(since: string | undefined, until: string | undefined): string | undefined {
  if (since === undefined || until === undefined || Date.parse(since) < Date.parse(until)) return undefined;
  return 'This is before the beginning.';
}

export function replayInWords(replay: Replay): string {
  const what = replay.status === 'dead' ? ['dead letter', 'dead letters'] : ['event', 'events'];
  const looked = `${number(replay.done)} of ${count(Math.max(replay.total, replay.done), what[0] ?? '', what[1])} looked at`;
  const owed = `${count(replay.owed, 'delivery', 'deliveries')} owed again`;
  if (replay.cancelledAt !== null) return `Cancelled: ${looked}, ${owed}.`;
  if (replay.finishedAt !== null) return `Finished: ${looked}, ${owed}.`;
  return `${looked}, ${owed} so far.`;
}

/** How far it is, of 0 to 100. */
export function replayPercent({ total, done, finishedAt }: Replay): number {
  if (finishedAt !== null) return 100;
  return total === 0 ? 0 : Math.min(100, Math.round((done / total) * 100));
}
