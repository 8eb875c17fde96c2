import { covers } from './pattern';

interface Candidate {
  pattern: string;
  template: string;
}

/** A word comes before `*`, and `*` before `>`: the first token that differs decides. */
function compare(left: string, right: string): number {
  const rank = (token: string | undefined) => (token === '>' ? 2 : token === '*' ? 1 : 0);
  const lefts = left.split('.');
  const rights = right.split('.');
  for (let index = 0; index < Math.max(lefts.length, rights.length); index++) {
    const difference = rank(lefts[index]) - rank(rights[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The template that an event of this type is made with; undefined for the default message. */
export function templateFor(
  event: string,
  templates: readonly Candidate[],
  forAll: string,
): string | undefined {
  const own = templates
    .filter(({ pattern, template }) => template.trim() !== '' && covers(pattern.trim(), event))
    .sort((left, right) => compare(left.pattern, right.pattern))[0];
  if (own !== undefined) return own.template;
  return forAll.trim() === '' ? undefined : forAll;
}
