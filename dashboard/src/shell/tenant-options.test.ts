import { describe, expect, it } from 'vitest';
import { samePageOf, tenantOptions } from './tenant-options';

const tenants = [
  { id: 'acme', name: 'Acme' },
  { id: 'b', name: 'b' },
];

describe('tenantOptions', () => {
  it('names tenants, and the one that is looked at', () => {
    expect(tenantOptions(tenants, 'zoo', { typed: '', isAll: true })).toEqual([
      { value: 'zoo', label: 'zoo' },
      { value: 'acme', label: 'Acme (acme)' },
      { value: 'b', label: 'b' },
    ]);
  });

  it('puts them in the order of their names', () => {
    const made = ['Wayne 10', 'acme', 'Wayne 9', 'Ännchen'].map((name, index) => ({ id: `t${index}`, name }));
    const labels = tenantOptions(made, null, { typed: '', isAll: true }).map(({ label }) => label);
    expect(labels).toEqual(['acme (t1)', 'Ännchen (t3)', 'Wayne 9 (t2)', 'Wayne 10 (t0)']);
  });

  it('offers what is typed only where not all are known', () => {
    const offered = (typed: string, isAll: boolean) =>
      tenantOptions(tenants, null, { typed, isAll }).map(({ value }) => value);
    expect(offered('new-one', false)).toEqual(['acme', 'b', 'new-one']);
    expect(offered('new-one', true)).toEqual(['acme', 'b']);
    expect(offered('acme', false)).toEqual(['acme', 'b']);
    expect(offered('No Id', false)).toEqual(['acme', 'b']);
  });
});

it.each([
  ['/t/a/endpoints', '/t/b/endpoints'],
  ['/t/a/endpoints/ep_1/edit', '/t/b/endpoints'],
  ['/system', '/t/b/overview'],
  ['/t/a', '/t/b/overview'],
])('%s of another tenant is %s', (from, to) => {
  expect(samePageOf(from, 'b')).toBe(to);
});
