// Holds each dashboard against dashboard.ts, as a literal of TypeScript, which JSON is: a name that the schema does not know,
// a word that is none of an enum's and a value of the wrong kind are errors. Nothing is written or run.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2] ?? join(here, '..', 'dashboards');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
const literals = new Map(names.map((name) => [
  join(here, name.replace(/json$/, 'ts')),
  `import type { Checked } from './dashboard';\nexport const it: Checked = ${readFileSync(join(folder, name), 'utf8')};\n`,
]));

const options = { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022, types: [] };
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (path) => literals.has(path) || fileExists(path);
host.readFile = (path) => literals.get(path) ?? readFile(path);
host.getSourceFile = (path, version, ...rest) =>
  literals.has(path) ? ts.createSourceFile(path, literals.get(path), version) : getSourceFile(path, version, ...rest);

const found = ts.getPreEmitDiagnostics(ts.createProgram([...literals.keys()], options, host));
if (found.length > 0) {
  console.error(ts.formatDiagnostics(found, { ...host, getCurrentDirectory: () => here, getNewLine: () => '\n' }));
}
console.log(`${names.length} dashboards, ${found.length} errors`);
process.exitCode = names.length > 0 && found.length === 0 ? 0 : 1;
