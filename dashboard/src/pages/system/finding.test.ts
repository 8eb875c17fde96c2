import { expect, it } from 'vitest';
import type { Finding } from '../../api/types';
import { counted, worstFirst } from './finding';

const of = (check: string, state: Finding['state']): Finding => ({ check, state, found: '', advice: null });

it('puts the worst first and keeps the order of those alike', () => {
  const findings = [of('a', 'ok'), of('b', 'warn'), of('c', 'fail'), of('d', 'warn'), of('e', 'ok')];
  expect(worstFirst(findings).map(({ check }) => check)).toEqual(['c', 'b', 'd', 'a', 'e']);
  expect(counted(findings)).toEqual({ fail: 1, warn: 2, ok: 2 });
});
