/** A PDF as it stands at one revision: objects found through its cross-reference chain. */
import { SigningError } from '../../errors.ts';
import { decryptObject, type PdfCipher } from '../encryption/cipher.ts';
import { openCipher } from '../encryption/open.ts';
import { type Contained, type ContainerScan, openContainer, scanStream } from './containers.ts';
import { type EntryTable, entryTable, type KnownTables } from './entries.ts';
import { type IndirectObject, PdfSyntaxError, parseIndirect } from './parse.ts';
import { type ScannedObject, scanObject } from './references.ts';
import { isArray, isDict, isRef, isStream, type PdfDict, type PdfValue } from './values.ts';
import { DEFAULT_PDF_LIMITS, lastStartXref, type PdfLimits, readChain, type XrefSection } from './xref.ts';

/** Objects parsed once and shared by the revisions of a file, and the password they are read with. */
interface SharedCache {
  readonly password: string;
  /** Whether the password opens the file; null until an encrypted revision was met. */
  opened: PdfCipher | null | undefined;
  readonly objects: Map<number, IndirectObject | null>;
  readonly sections: Map<number, XrefSection>;
  readonly tables: KnownTables;
  /** What objects in object streams refer to, by the stream’s offset. */
  readonly scans: Map<number, ContainerScan | null>;
  /** Large objects read off, by their offset. */
  readonly scanned: Map<number, ScannedObject & { readonly num: number }>;
  /** Object streams by offset; null for one that is none. */
  readonly containers: Map<number, Contained | null>;
}

/** One revision. */
export interface PdfDocument {
  readonly bytes: Uint8Array;
  /** Octets of the file that belong to this revision. */
  readonly end: number;
  /** Newest first. */
  readonly sections: readonly XrefSection[];
  readonly entries: EntryTable;
  readonly trailer: PdfDict;
  /** Offset of the newest section, as `startxref` says. */
  readonly startXref: number;
  /** Objects whose octets are not what the cross-reference says. */
  readonly broken: Set<number>;
  readonly shared: SharedCache;
  readonly cache: Map<number, PdfValue>;
  /** Reads and writes the file's strings and streams; null for a file in the clear, and for one the password does not open. */
  readonly cipher: PdfCipher | null;
}

/** Whether the octets begin like a PDF (header within the first 1 024, ISO 32000-2 Annex I). */
export function isPdf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).includes('%PDF-');
}

/**
 * An empty cache for the revisions of one buffer.
 * @param password of the owner or user; the empty one opens what anybody may read.
 */
export function newCache(password = ''): SharedCache {
  return {
    password,
    opened: undefined,
    objects: new Map(),
    sections: new Map(),
    tables: new Map(),
    scans: new Map(),
    scanned: new Map(),
    containers: new Map(),
  };
}

/** Opens the revision whose newest section is at `startXref`. @throws PdfSyntaxError */
export function openRevision(
  bytes: Uint8Array,
  end: number,
  startXref: number,
  limits: PdfLimits = DEFAULT_PDF_LIMITS,
  shared: SharedCache = newCache(),
): PdfDocument {
  const sections = readChain(bytes, startXref, end, limits, shared.sections);
  const trailer = sections[0]?.trailer;
  if (trailer === undefined || !isRef(trailer.entries.get('Root')))
    throw new PdfSyntaxError('trailer has no /Root');
  const entries = entryTable(sections, shared.tables);
  const document: PdfDocument = {
    ...{ bytes, end, sections, entries, trailer, startXref, shared },
    ...{ broken: new Set<number>(), cache: new Map<number, PdfValue>(), cipher: null },
  };
  return trailer.entries.has('Encrypt') ? deciphered(document) : document;
}

/** The same revision with its cipher. All revisions of a file share one encryption dictionary (ISO 32000-2 §7.6.1). */
function deciphered(document: PdfDocument): PdfDocument {
  const { shared, trailer } = document;
  if (shared.opened === undefined) {
    const dictionary = resolve(document, trailer.entries.get('Encrypt'));
    shared.opened = openCipher(dictionary, trailer, shared.password);
  }
  return { ...document, broken: new Set(), cache: new Map(), cipher: shared.opened };
}

/** Opens the newest revision within the first `end` octets. @throws PdfSyntaxError */
export function openPdf(
  bytes: Uint8Array,
  end = bytes.length,
  limits: PdfLimits = DEFAULT_PDF_LIMITS,
  shared?: SharedCache,
): PdfDocument {
  const start = lastStartXref(bytes, end);
  if (start === null) throw new PdfSyntaxError('startxref is missing');
  return openRevision(bytes, end, start.value, limits, shared);
}

/**
 * Opens a file to be changed: like `openPdf`, with coded errors.
 * @param password of the owner or a user, for an encrypted file.
 * @throws SigningError PDF_INVALID, PDF_TOO_LARGE, PDF_ENCRYPTED (a password is needed), PDF_PASSWORD_WRONG
 */
export function openForSigning(
  bytes: Uint8Array,
  limits: PdfLimits = DEFAULT_PDF_LIMITS,
  password?: string,
): PdfDocument {
  if (bytes.length > limits.maxBytes)
    throw new SigningError('PDF_TOO_LARGE', { details: { limitBytes: limits.maxBytes } });
  try {
    if (!isPdf(bytes)) throw new PdfSyntaxError('no PDF header');
    const document = openPdf(bytes, bytes.length, limits, newCache(password));
    if (document.trailer.entries.has('Encrypt') && document.cipher === null)
      throw new SigningError(password === undefined ? 'PDF_ENCRYPTED' : 'PDF_PASSWORD_WRONG');
    catalogOf(document);
    return document;
  } catch (error) {
    if (error instanceof PdfSyntaxError)
      throw new SigningError('PDF_INVALID', { cause: error, details: { reason: error.message } });
    throw error;
  }
}

function lengthIn(document: PdfDocument): (value: PdfValue) => number | null {
  return (value) => {
    const length = isRef(value) ? getObject(document, value.num) : value;
    return typeof length === 'number' && length >= 0 ? length : null;
  };
}

function parseAt(document: PdfDocument, offset: number): IndirectObject | null {
  const known = document.shared.objects.get(offset);
  if (known !== undefined && known !== null && known.end <= document.end) return known;
  try {
    const object = parseIndirect(document.bytes, offset, document.end, lengthIn(document));
    if (!object.indirectLength) document.shared.objects.set(offset, object);
    return object;
  } catch (error) {
    if (error instanceof PdfSyntaxError) return null;
    throw error;
  }
}

function inTheClear(document: PdfDocument, object: IndirectObject): PdfValue {
  const { cipher } = document;
  return cipher === null ? object.value : decryptObject(cipher, object.num, object.gen, object.value);
}

/** The objects of an object stream, read once: many more than it holds may be said to lie in a broken one. */
function containedIn(document: PdfDocument, num: number): Contained | null {
  const place = document.entries.get(num);
  const container = place?.type === 'offset' ? parseAt(document, place.offset) : null;
  if (place?.type !== 'offset' || container?.num !== num) return null;
  const known = document.shared.containers.get(place.offset);
  if (known !== undefined) return known;
  const value = inTheClear(document, container);
  const contained = isStream(value) ? openContainer(value) : null;
  document.shared.containers.set(place.offset, contained);
  return contained;
}

function compressedObject(
  document: PdfDocument,
  num: number,
  entry: { container: number; index: number },
): PdfValue {
  const contained = containedIn(document, entry.container);
  if (contained === null) throw new PdfSyntaxError('object stream is missing or broken');
  const inPlace = contained.objects[entry.index];
  if (inPlace?.[0] === num) return inPlace[1];
  const found = contained.byNumber.get(num);
  if (found === undefined) throw new PdfSyntaxError('object is not in its stream');
  return found;
}

function loadObject(document: PdfDocument, num: number): PdfValue {
  const entry = document.entries.get(num);
  if (entry === undefined || entry.type === 'free') return null;
  try {
    if (entry.type === 'compressed') return compressedObject(document, num, entry);
    const object = parseAt(document, entry.offset);
    if (object === null || object.num !== num) throw new PdfSyntaxError('object is not at its offset');
    return inTheClear(document, object);
  } catch (error) {
    if (!(error instanceof PdfSyntaxError)) throw error;
    document.broken.add(num);
    return null;
  }
}

/** An object in the clear that any revision of the file has read: what it is does not depend on who reads it. */
function readBefore(document: PdfDocument, num: number): PdfValue | undefined {
  const entry = document.entries.get(num);
  if (document.cipher !== null || entry?.type !== 'offset') return undefined;
  const object = document.shared.objects.get(entry.offset);
  return object?.num === num && object.end <= document.end ? object.value : undefined;
}

/** The object with this number; null when it is free, missing or broken (then noted in `document.broken`). */
export function getObject(document: PdfDocument, num: number): PdfValue {
  const plain = readBefore(document, num);
  if (plain !== undefined) return plain;
  const cached = document.cache.get(num);
  if (cached !== undefined) return cached;
  document.cache.set(num, null);
  const value = loadObject(document, num);
  document.cache.set(num, value);
  return value;
}

/** Numbers of the objects it refers to directly; null when that takes parsing it. */
export function referencesOf(document: PdfDocument, num: number): readonly number[] | null {
  const entry = document.entries.get(num);
  if (document.cipher !== null || entry === undefined || entry.type === 'free') return null;
  if (entry.type === 'offset') return scanned(document, entry.offset, num);
  const scan = containerScan(document, entry.container);
  if (scan === null || scan.nums[entry.index] !== num || scan.plain[entry.index] !== true) return null;
  return scan.references.slice(scan.starts[entry.index], scan.starts[entry.index + 1]);
}

/** What an object refers to that was parsed already; null where the parser may have seen less than a scan does. */
function readOff(document: PdfDocument, offset: number, num: number): ScannedObject | null {
  const object = document.shared.objects.get(offset);
  if (object?.num !== num || object.end > document.end) return null;
  const references: number[] = [];
  return isStream(object.value) || !plainReferences(object.value, references)
    ? null
    : { references, end: object.end };
}

/** From this size on what was read off an object is kept for the other revisions: signatures are such objects. */
const LARGE_OBJECT = 4096;

function scanned(document: PdfDocument, offset: number, num: number): readonly number[] | null {
  const known = document.shared.scanned.get(offset);
  if (known?.num === num && known.end <= document.end) return known.references;
  const object = readOff(document, offset, num) ?? scanObject(document.bytes, offset, document.end, num);
  if (object === null) return null;
  if (object.end - offset >= LARGE_OBJECT) document.shared.scanned.set(offset, { ...object, num });
  return object.references;
}

function containerScan(document: PdfDocument, num: number): ContainerScan | null {
  const place = document.entries.get(num);
  if (place?.type !== 'offset') return null;
  const known = document.shared.scans.get(place.offset);
  if (known !== undefined) return known;
  const stream = getObject(document, num);
  const scan = isStream(stream) ? scanStream(stream) : null;
  document.shared.scans.set(place.offset, scan);
  return scan;
}

/** Notes what a value refers to. @returns false when a key in it is repeated, of which a value holds the last only */
function plainReferences(value: PdfValue, into: number[]): boolean {
  if (isRef(value)) into.push(value.num);
  else if (isArray(value)) return value.items.every((item) => plainReferences(item, into));
  else if (isDict(value)) {
    if (value.repeated) return false;
    for (const item of value.entries.values()) if (!plainReferences(item, into)) return false;
  }
  return true;
}

/** Follows references to the object itself. */
export function resolve(document: PdfDocument, value: PdfValue | undefined): PdfValue {
  let current = value ?? null;
  for (let hops = 0; isRef(current); hops += 1) {
    if (hops > 32) return null;
    current = getObject(document, current.num);
  }
  return current;
}

/** A dictionary entry, resolved. */
export function get(document: PdfDocument, dict: PdfDict | null | undefined, key: string): PdfValue {
  return resolve(document, dict?.entries.get(key));
}

/** A dictionary-valued entry, resolved, or null. */
export function getDict(
  document: PdfDocument,
  dict: PdfDict | null | undefined,
  key: string,
): PdfDict | null {
  const value = get(document, dict, key);
  return isDict(value) ? value : null;
}

/** The items of an array-valued entry, unresolved. */
export function getItems(
  document: PdfDocument,
  dict: PdfDict | null | undefined,
  key: string,
): readonly PdfValue[] {
  const value = get(document, dict, key);
  return isArray(value) ? value.items : [];
}

/** The catalog. @throws PdfSyntaxError */
export function catalogOf(document: PdfDocument): PdfDict {
  const root = resolve(document, document.trailer.entries.get('Root'));
  if (!isDict(root)) throw new PdfSyntaxError('the catalog is not a dictionary');
  return root;
}

/** Whether a revision has octets for an object. */
export function isPlaced(document: PdfDocument, num: number): boolean {
  const entry = document.entries.get(num);
  if (entry?.type !== 'compressed') return entry?.type === 'offset';
  return document.entries.get(entry.container)?.type === 'offset';
}

/** Whether an object lies in an object stream. */
export function isCompressed(document: PdfDocument, num: number): boolean {
  return document.entries.get(num)?.type === 'compressed';
}

/** Whether an object’s octets are in the same place in two revisions of a file, and so the same; or in neither. */
export function samePlace(a: PdfDocument, b: PdfDocument, num: number): boolean {
  const [x, y] = [a.entries.get(num), b.entries.get(num)];
  if (x === y && x?.type !== 'compressed') return true;
  if (x?.type === 'offset' && y?.type === 'offset') return x.offset === y.offset;
  if (x?.type !== 'compressed' || y?.type !== 'compressed') return !isPlaced(a, num) && !isPlaced(b, num);
  const [p, q] = [a.entries.get(x.container), b.entries.get(y.container)];
  if (p?.type !== 'offset' || q?.type !== 'offset') return !isPlaced(a, num) && !isPlaced(b, num);
  return p.offset === q.offset && x.index === y.index;
}
