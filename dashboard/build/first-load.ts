import { gzipSync } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

/** Bytes of everything that opening `page` loads, as gzip makes them. */
interface FirstLoad {
  /** Part of the path of the page's module. */
  page: string;
  /** More than this fails the build. */
  limit: number;
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

/** Fails the build when what the first page loads has grown past its limit. */
export function firstLoad({ page, limit }: FirstLoad): Plugin {
  return {
    name: 'hookyard-first-load',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const files = filesOf(bundle, page);
        let total = 0;
        const lines: string[] = [];
        for (const name of files) {
          const file = bundle[name];
          if (!file) continue;
          const size = gzipSync(file.type === 'chunk' ? file.code : file.source).length;
          total += size;
          lines.push(`  ${kilobytes(size).padStart(10)}  ${name}`);
        }
        this.info(
          `first load, gzip:\n${lines.join('\n')}\n  ${kilobytes(total).padStart(10)}  of ${kilobytes(limit)}`,
        );
        if (total > limit)
          this.error(`the first load is ${kilobytes(total)}, which is over ${kilobytes(limit)}`);
      },
    },
  };
}

/** The entry with what it imports, and the page with all that it imports, at once or later. */
function filesOf(bundle: Rollup.OutputBundle, page: string): Set<string> {
  const found = new Set<string>();
  const visit = (name: string, withDynamic: boolean) => {
    if (found.has(name)) return;
    const file = bundle[name];
    if (!file) return;
    found.add(name);
    if (file.type !== 'chunk') return;
    for (const css of file.viteMetadata?.importedCss ?? []) found.add(css);
    for (const next of file.imports) visit(next, withDynamic);
    if (withDynamic) for (const next of file.dynamicImports) visit(next, true);
  };
  const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk.fileName, false);
  const pages = chunks.filter((chunk) => chunk.isDynamicEntry && chunk.facadeModuleId?.includes(page));
  if (pages.length === 0) throw new Error(`no chunk is made from ${page}: the first load cannot be measured`);
  for (const chunk of pages) visit(chunk.fileName, true);
  if (bundle['index.html']) found.add('index.html');
  return found;
}
