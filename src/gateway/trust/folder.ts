/**
 * The trust folder: `sets/` (see sets.ts) and, kept by hand, `trust/` anchors, `intermediates/`, `crl/`, `ocsp/`;
 * certificates and lists in DER or PEM.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCertificates, readCrls } from '../../signing/index.ts';
import { readSet } from './sets.ts';

export interface TrustSet {
  readonly trust: Uint8Array[];
  readonly intermediates: Uint8Array[];
  readonly crls: Uint8Array[];
  readonly ocsps: Uint8Array[];
}

/** A folder is read again when anything in it changed, looked at no more often than this. */
const RECHECK_MS = 5_000;

async function filesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort().map((name) => join(folder, name));
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT') return [];
    throw cause;
  }
}

async function readAll(folder: string, read: (bytes: Uint8Array) => Uint8Array[]): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const file of await filesOf(folder)) found.push(...read(await readFile(file)));
  return found;
}

async function fingerprint(root: string, sets: readonly string[]): Promise<string> {
  const parts: string[] = [];
  const folders = sets.map((set) => join('sets', set));
  for (const name of ['trust', 'intermediates', 'crl', 'ocsp', ...folders]) {
    for (const file of await filesOf(join(root, name))) {
      const { mtimeMs, size } = await stat(file);
      parts.push(`${file}:${mtimeMs}:${size}`);
    }
  }
  return parts.join('|');
}

/** Names of a comma separated setting. */
export function setNames(setting: string): readonly string[] {
  return setting
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Reads the trust folder now: what is kept by hand, and the sets named. */
export async function readTrustSet(root: string, sets: readonly string[] = []): Promise<TrustSet> {
  const members = (await Promise.all(sets.map((set) => readSet(root, set)))).flat();
  const ofRole = (role: string) => members.filter((entry) => entry.role === role).map(({ der }) => der);
  return {
    trust: [...(await readAll(join(root, 'trust'), readCertificates)), ...ofRole('root')],
    intermediates: [...(await readAll(join(root, 'intermediates'), readCertificates)), ...ofRole('issuing')],
    crls: await readAll(join(root, 'crl'), readCrls),
    ocsps: await readAll(join(root, 'ocsp'), (bytes) => [bytes]),
  };
}

/** A reader that keeps the set in memory and notices changes. */
export function watchTrustSet(
  root: string,
  sets: readonly string[] = [],
  now: () => number = Date.now,
): () => Promise<TrustSet> {
  let known: { set: TrustSet; print: string; checkedAt: number } | null = null;
  return async () => {
    if (known !== null && now() - known.checkedAt < RECHECK_MS) return known.set;
    const print = await fingerprint(root, sets);
    if (known === null || known.print !== print)
      known = { set: await readTrustSet(root, sets), print, checkedAt: now() };
    else known = { ...known, checkedAt: now() };
    return known.set;
  };
}
