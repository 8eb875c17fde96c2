import type { Finding } from '../../api/types';

const ORDER: Readonly<Record<Finding['state'], number>> = { fail: 0, warn: 1, ok: 2 };

/** The worst first; those alike stay as the doctor had them. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => ORDER[a.state] - ORDER[b.state]);
}

export function counted(findings: readonly Finding[]): Record<Finding['state'], number> {
  const counts = { fail: 0, warn: 0, ok: 0 };
  for (const { state } of findings) counts[state] += 1;
  return counts;
}
