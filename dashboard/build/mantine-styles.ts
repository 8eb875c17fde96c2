import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin, Rollup } from 'vite';

const CLASS = /\bm_[0-9a-f]{4,8}\b/g;

/**
 * Holds the list of styles (`src/ui/mantine.css`) against what is used: all of Mantine's would be 17 kB more. A part whose
 * styles are left out looks broken; its class stands in the script and in no style, which fails the build.
 */
export function mantineStyles(list: string): Plugin {
  return {
    name: 'hookyard-mantine-styles',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const used = usedClasses(bundle);
        const listed = readFileSync(list, 'utf8');
        const faults = stylesheets().flatMap(({ name, classes }) => {
          const isUsed = classes.some((one) => used.has(one));
          const isListed = listed.includes(`@mantine/core/styles/${name}`);
          if (isUsed === isListed) return [];
          return [isUsed ? `add @mantine/core/styles/${name}` : `take out @mantine/core/styles/${name}`];
        });
        if (faults.length > 0) this.error(`${list} does not fit what is used:\n  ${faults.join('\n  ')}`);
      },
    },
  };
}

function usedClasses(bundle: Rollup.OutputBundle): Set<string> {
  const used = new Set<string>();
  for (const file of Object.values(bundle)) {
    if (file.type === 'chunk') for (const [name] of file.code.matchAll(CLASS)) used.add(name);
  }
  return used;
}

/** Mantine's styles, a file for each part; those that are for all parts have no class of their own. */
function stylesheets(): { name: string; classes: string[] }[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@mantine/core/styles.css')), 'styles');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.css') && !name.endsWith('.layer.css'))
    .map((name) => ({
      name,
      classes: [...new Set(readFileSync(join(folder, name), 'utf8').match(CLASS) ?? [])],
    }))
    .filter(({ classes }) => classes.length > 0);
}
