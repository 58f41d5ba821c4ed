/**
 * Named trust sets: folders of certificates, each with a note of who let it in, when and why. A set is data handed to a
 * verification; nothing is trusted because of where a process happens to run.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { describeCertificate, readBundle, SigningError } from '../../signing/index.ts';
import { pinOf } from '../pki/pins.ts';
import { appendChange } from './changes.ts';
import { TrustError } from './errors.ts';

/** Sets whose meaning is fixed; an administrator may make others. */
export const KNOWN_SETS = {
  'public-service':
    'chữ ký số chuyên dùng công vụ (Ban Cơ yếu Chính phủ) / specialised signatures of public service',
  'public-ca': 'chữ ký số công cộng (NEAC) / public certification authorities under the national root',
  test: 'chỉ để thử nghiệm / for tests only',
} as const;

const record = z.object({
  /** Name of the pin, or null for a certificate an administrator vouched for. */
  pin: z.string().nullable(),
  role: z.enum(['root', 'issuing']),
  sha256: z.string(),
  subject: z.string(),
  notBefore: z.string(),
  notAfter: z.string(),
  how: z.enum(['pinned', 'confirmed']),
  by: z.string(),
  at: z.string(),
  note: z.string(),
});

/** One certificate of a set. Times are ISO 8601; `sha256` is hex, lower case. */
export type TrustEntry = z.infer<typeof record> & { readonly set: string };

/** What to import. */
export interface ImportRequest {
  /** The file: DER, PEM or PKCS#7; every certificate in it is imported, or none. */
  readonly bytes: Uint8Array;
  readonly set?: string | undefined;
  /** SHA-256 that the administrator typed; colons and spaces do not count. Only for a file with one certificate. */
  readonly fingerprint?: string | undefined;
  readonly by: string;
  readonly note?: string | undefined;
  readonly now: Date;
}

const SET_NAME = /^[a-z][a-z0-9-]{0,39}$/;
/** Mark in every name of `createTestPki`. */
const TEST_MARK = 'CHỈ DÙNG THỬ';

function plainHex(fingerprint: string): string {
  return fingerprint.replace(/[\s:]/g, '').toLowerCase();
}

function folderOf(root: string, set: string): string {
  if (!SET_NAME.test(set)) throw new TrustError('TRUST_SET_NAME_INVALID');
  return join(root, 'sets', set);
}

/** What a certificate may be imported as. @throws TrustError */
function entryFor(der: Uint8Array, request: ImportRequest): TrustEntry {
  const facts = describeCertificate(der);
  const pin = pinOf(facts.sha256);
  const typed = request.fingerprint === undefined ? null : plainHex(request.fingerprint);
  if (typed !== null && typed !== facts.sha256) throw new TrustError('TRUST_FINGERPRINT_MISMATCH');
  if (typed === null && pin === undefined) throw new TrustError('TRUST_NOT_PINNED');
  const set = request.set ?? pin?.set;
  if (set === undefined) throw new TrustError('TRUST_SET_NEEDED');
  if (typed === null && pin !== undefined && set !== pin.set) throw new TrustError('TRUST_OTHER_SET');
  if (!facts.isCa) throw new TrustError('TRUST_NOT_A_CA');
  if (facts.subject.includes(TEST_MARK) && set !== 'test') throw new TrustError('TRUST_TEST_ONLY');
  return {
    set,
    pin: pin?.id ?? null,
    role: pin?.role ?? (facts.isSelfIssued ? 'root' : 'issuing'),
    sha256: facts.sha256,
    subject: facts.subject,
    notBefore: facts.notBefore.toISOString(),
    notAfter: facts.notAfter.toISOString(),
    how: pin === undefined ? 'confirmed' : 'pinned',
    by: request.by,
    at: request.now.toISOString(),
    note: request.note ?? '',
  };
}

async function writeWhole(file: string, bytes: Uint8Array | string): Promise<void> {
  const partial = `${file}.${randomBytes(4).toString('hex')}.part`;
  await writeFile(partial, bytes, { mode: 0o600 });
  await rename(partial, file);
}

function certificatesOf(bytes: Uint8Array): readonly Uint8Array[] {
  try {
    return readBundle(bytes);
  } catch (cause) {
    if (cause instanceof SigningError) throw new TrustError('TRUST_FILE_UNREADABLE', { cause });
    throw cause;
  }
}

function entriesFor(ders: readonly Uint8Array[], request: ImportRequest): readonly TrustEntry[] {
  try {
    return ders.map((der) => entryFor(der, request));
  } catch (cause) {
    if (cause instanceof SigningError) throw new TrustError('TRUST_FILE_UNREADABLE', { cause });
    throw cause;
  }
}

/**
 * Takes the certificates of a file into a set: those that match a pin, or the one whose fingerprint was typed.
 * All are checked before the first is written.
 * @throws TrustError
 */
export async function importCertificates(
  root: string,
  request: ImportRequest,
): Promise<readonly TrustEntry[]> {
  const ders = certificatesOf(request.bytes);
  const entries = entriesFor(ders, request);
  for (const [index, entry] of entries.entries()) {
    const { set, ...note } = entry;
    const folder = folderOf(root, set);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // The note first: a certificate without one is not read.
    await writeWhole(join(folder, `${entry.sha256}.json`), `${JSON.stringify(note, null, 2)}\n`);
    await writeWhole(join(folder, `${entry.sha256}.crt`), ders[index] ?? new Uint8Array());
    const { sha256, subject, how, by, at, note: text } = entry;
    await appendChange(root, { action: 'imported', set, sha256, subject, how, by, at, note: text });
  }
  return entries;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT') return [];
    throw cause;
  }
}

/** Names of the sets that exist. */
export async function listSets(root: string): Promise<readonly string[]> {
  return (await namesIn(join(root, 'sets'))).filter((name) => SET_NAME.test(name));
}

/** A certificate of a set with its octets, which fit the fingerprint it is filed under. */
export interface TrustedCertificate extends TrustEntry {
  readonly der: Uint8Array;
}

/** The certificates of one set; a file whose octets do not fit its name, or that nobody signed for, is left out. */
export async function readSet(root: string, set: string): Promise<readonly TrustedCertificate[]> {
  const folder = folderOf(root, set);
  const found: TrustedCertificate[] = [];
  for (const name of await namesIn(folder)) {
    if (!/^[0-9a-f]{64}\.crt$/.test(name)) continue;
    const der = new Uint8Array(await readFile(join(folder, name)));
    const note = await readNote(join(folder, name.replace(/crt$/, 'json')));
    if (note !== null && note.sha256 === name.slice(0, 64) && isFor(der, note.sha256))
      found.push({ set, ...note, der });
  }
  return found;
}

function isFor(der: Uint8Array, sha256: string): boolean {
  try {
    return describeCertificate(der).sha256 === sha256;
  } catch {
    return false;
  }
}

async function readNote(file: string): Promise<z.infer<typeof record> | null> {
  try {
    return record.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Every certificate of every set, or of one. */
export async function listEntries(root: string, set?: string): Promise<readonly TrustedCertificate[]> {
  const sets = set === undefined ? await listSets(root) : [set];
  return (await Promise.all(sets.map((name) => readSet(root, name)))).flat();
}

/** The certificate that `which` names: a pin's name, or at least 8 hex digits of the fingerprint. */
export function matches(entry: TrustEntry, which: string): boolean {
  const hex = plainHex(which);
  return entry.pin === which || (/^[0-9a-f]{8,64}$/.test(hex) && entry.sha256.startsWith(hex));
}

/**
 * Takes a certificate out of a set (default: of every set it is in).
 * @throws TrustError TRUST_NOT_FOUND
 */
export async function removeCertificate(
  root: string,
  which: string,
  options: {
    readonly set?: string | undefined;
    readonly by: string;
    readonly note?: string | undefined;
    readonly now: Date;
  },
): Promise<readonly TrustEntry[]> {
  const entries = (await listEntries(root, options.set)).filter((entry) => matches(entry, which));
  // Digits that fit two different certificates name neither.
  if (new Set(entries.map(({ sha256 }) => sha256)).size !== 1) throw new TrustError('TRUST_NOT_FOUND');
  for (const { set, sha256, subject, how } of entries) {
    const folder = folderOf(root, set);
    await rm(join(folder, `${sha256}.crt`), { force: true });
    await rm(join(folder, `${sha256}.json`), { force: true });
    const { by, now, note = '' } = options;
    await appendChange(root, {
      action: 'removed',
      set,
      sha256,
      subject,
      how,
      by,
      at: now.toISOString(),
      note,
    });
  }
  return entries;
}
