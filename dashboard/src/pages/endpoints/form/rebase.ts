import type { Draft } from './draft';

/** What somebody typed, over another version than the one they began with. */
export function rebased(before: Draft, mine: Draft, theirs: Draft): Draft {
  const next = { ...theirs };
  for (const name in mine) {
    if (!isName(name, mine)) continue;
    if (JSON.stringify(before[name]) !== JSON.stringify(mine[name]))
      Object.assign(next, { [name]: mine[name] });
  }
  return next;
}

function isName(name: string, draft: Draft): name is keyof Draft {
  return name in draft;
}
