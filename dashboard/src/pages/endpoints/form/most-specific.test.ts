import { expect, it } from 'vitest';
import { templateFor } from './most-specific';

const TEMPLATES = [
  { pattern: '>', template: 'all' },
  { pattern: 'github.>', template: 'github' },
  { pattern: 'github.*.opened', template: 'opened' },
  { pattern: 'github.pr.*', template: 'pull request' },
  { pattern: 'github.issues.opened', template: '' },
];

it('takes the most specific template, as Hookyard does', () => {
  expect(templateFor('github.pull_request.opened', TEMPLATES, '')).toBe('pull request');
  expect(templateFor('github.issues.opened', TEMPLATES, '')).toBe('opened');
  expect(templateFor('github.push', TEMPLATES, '')).toBe('github');
  expect(templateFor('order.paid', TEMPLATES, 'x')).toBe('all');
});

it('takes the one for all, or none', () => {
  expect(templateFor('order.paid', [], 'x')).toBe('x');
  expect(templateFor('order.paid', [], ' ')).toBeUndefined();
});
