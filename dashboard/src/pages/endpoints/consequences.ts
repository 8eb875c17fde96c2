import { count } from '../../ui/format';

const waiting = (queued: number) =>
  queued === 0
    ? 'What is owed to it'
    : `${count(queued, 'delivery that waits', 'deliveries that wait')} for it`;

/** What disabling does, sentence by sentence. */
export const DISABLE_CONSEQUENCES = (queued: number): string[] => [
  `${waiting(queued)} ${queued === 1 ? 'becomes a dead letter' : queued === 0 ? 'becomes dead letters' : 'become dead letters'}. They can be replayed once it is active again.`,
  'New events are not owed to it while it is disabled; a backfill can bring them later.',
  'To hold it for a while and lose nothing, pause it instead.',
];

export const DELETE_CONSEQUENCES = (queued: number): string[] => [
  queued === 0
    ? 'Nothing more is sent to it.'
    : `${count(queued, 'delivery that waits', 'deliveries that wait')} for it ${queued === 1 ? 'is' : 'are'} skipped and never sent.`,
  'Its secret, settings and dead letters cannot be had again.',
  'Its deliveries stay in the log until their time is over.',
];
