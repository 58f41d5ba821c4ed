import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One source file with what it imports. Paths are from the root, with forward slashes. */
export interface SourceFile {
  path: string;
  text: string;
  lines: number;
  /** Specifiers as written: `./x.ts`, `node:fs`, `zod/v4`. */
  imports: Import[];
}

/** `typeOnly` imports leave nothing in the built program. */
export interface Import {
  specifier: string;
  typeOnly: boolean;
}

/** Every file under `folder` whose name ends in one of `endings`. */
export function filesUnder(folder: string, endings: string[]): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') found.push(...filesUnder(path, endings));
    } else if (endings.some((ending) => entry.name.endsWith(ending))) found.push(path);
  }
  return found.sort();
}

/** Reads the TypeScript files under `folder`. */
export function readSources(folder: string): SourceFile[] {
  return filesUnder(folder, ['.ts']).map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return { path, text, lines: text.split('\n').length - 1, imports: importsOf(text) };
  });
}

/** The file a relative import names, from the root; null for a package or a builtin. */
export function resolveImport(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return posix.normalize(posix.join(posix.dirname(from), specifier));
}

/** The npm package a specifier belongs to; null for relative ones and Node's own. */
export function packageOf(specifier: string): string | null {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return null;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? null);
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
const INLINE_TYPES = /^\s*(?:import|export)\s+\{([^}]*)\}/;

/** Static and dynamic imports and re-exports, comments aside. */
export function importsOf(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statements = [...code.matchAll(STATEMENT)].map((match) => ({
    specifier: match[2] ?? '',
    typeOnly: match[1] !== undefined || onlyTypes(match[0]),
  }));
  const dynamic = [...code.matchAll(DYNAMIC)].map((match) => ({
    specifier: match[1] ?? '',
    typeOnly: false,
  }));
  return [...statements, ...dynamic];
}

/** `import { type A, type B } from …` */
function onlyTypes(statement: string): boolean {
  const names = INLINE_TYPES.exec(statement)?.[1];
  if (names === undefined) return false;
  const listed = names.split(',').filter((name) => name.trim() !== '');
  return listed.length > 0 && listed.every((name) => /^\s*type\s/.test(name));
}

/** Each folder with the number of files directly in it. */
export function folderSizes(paths: string[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const path of paths) {
    const folder = dirname(path);
    sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
  }
  return sizes;
}

/** A path of this machine made relative to the root, with forward slashes. */
export function fromRoot(path: string): string {
  return relative(ROOT, path).split(sep).join('/');
}
