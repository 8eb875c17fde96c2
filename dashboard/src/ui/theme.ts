import {
  Alert,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Modal,
  NavLink,
  Paper,
} from '@mantine/core';

// Shades that keep a contrast of 4.5 : 1 as text on what they stand on; Mantine's own stay under that in places.
const gray: MantineColorsTuple = [
  '#f7f8fa',
  '#eff1f4',
  '#e2e5ea',
  '#d0d5dc',
  '#a9b1bc',
  '#7d8794',
  '#5d6673',
  '#474f5a',
  '#31373f',
  '#1d2126',
];
const dark: MantineColorsTuple = [
  '#d3d7dd',
  '#b7bdc6',
  '#9aa2ad',
  '#6b7480',
  '#434a54',
  '#333941',
  '#262b32',
  '#1a1e23',
  '#14171b',
  '#0d0f12',
];

/** Mantine's names of colours as tones that can be read in both schemes. */
const TONES: Readonly<Record<string, string>> = { red: 'bad', orange: 'warn', green: 'good', gray: 'quiet' };

const toned = Alert.extend({
  defaultProps: { variant: 'outline' },
  vars: (_theme, { color }) => {
    const tone = `var(--hy-${TONES[color ?? ''] ?? 'accent'})`;
    return {
      root: {
        '--alert-bg': `color-mix(in srgb, ${tone} 5%, var(--hy-surface))`,
        '--alert-bd': `1px solid color-mix(in srgb, ${tone} 40%, transparent)`,
        '--alert-color': tone,
      },
    };
  },
});

export const theme = createTheme({
  components: {
    Alert: toned,
    Paper: Paper.extend({ styles: { root: { backgroundColor: 'var(--hy-surface)' } } }),
    NavLink: NavLink.extend({
      styles: { root: { borderRadius: 'var(--mantine-radius-md)', paddingBlock: 6 } },
    }),
    Modal: Modal.extend({
      styles: {
        content: { backgroundColor: 'var(--hy-surface)' },
        header: { backgroundColor: 'var(--hy-surface)' },
        title: { fontWeight: 650, overflowWrap: 'anywhere' },
      },
    }),
  },
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  colors: { gray, dark },
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.3' },
      h2: { fontSize: '1.125rem', lineHeight: '1.4' },
      h3: { fontSize: '1rem', lineHeight: '1.4' },
    },
  },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#fbfcfd',
    '--mantine-color-dimmed': '#5d6673',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-placeholder': '#6b7480',
    '--hy-surface': '#ffffff',
    '--hy-border': '#e2e5ea',
    '--hy-hover': '#f2f4f8',
    '--hy-good': '#237032',
    '--hy-bad': '#c92a2a',
    '--hy-warn': '#8a5200',
    '--hy-quiet': '#5d6673',
    '--hy-accent': '#3b5bdb',
  },
  dark: {
    '--mantine-color-body': '#14171b',
    '--mantine-color-dimmed': '#9aa2ad',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-placeholder': '#8b939e',
    '--hy-surface': '#1a1e23',
    '--hy-border': '#333941',
    '--hy-hover': '#21262c',
    '--hy-good': '#69db7c',
    '--hy-bad': '#ff8787',
    '--hy-warn': '#ffc078',
    '--hy-quiet': '#9aa2ad',
    '--hy-accent': '#91a7ff',
  },
});
