/** Writes the document security store (ISO 32000-2 §12.8.4.3; ETSI EN 319 142-1 §5.4.2): what it held is kept, what is new is added. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { type Evidence, isEmptyEvidence } from '../../evidence/index.ts';
import { catalogOf, get, getDict, getItems, resolve } from '../syntax/document.ts';
import { decodeStream } from '../syntax/filters.ts';
import { PdfSyntaxError } from '../syntax/parse.ts';
import {
  array,
  dict,
  isRef,
  isStream,
  name,
  type PdfArray,
  type PdfDict,
  type PdfRef,
  stream,
  withEntries,
} from '../syntax/values.ts';
import { allocate } from '../syntax/write.ts';
import type { Update } from './fields.ts';

/** Evidence for one signature or time-stamp: the octets of its /Contents name its VRI entry. */
export interface RelatedEvidence {
  readonly contents: Uint8Array;
  readonly evidence: Evidence;
}

/** Keys of the store and of VRI entries, by kind of evidence. */
const KEYS = [
  ['certificates', 'Certs', 'Cert'],
  ['ocsps', 'OCSPs', 'OCSP'],
  ['crls', 'CRLs', 'CRL'],
] as const;

/** Name of the VRI entry: SHA-1 over the whole string as it stands in the file, upper case hexadecimal (§12.8.4.4). */
export function vriKey(contents: Uint8Array): string {
  return createHash('sha1').update(contents).digest('hex').toUpperCase();
}

function fingerprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex');
}

/** References of the streams a store holds already under `key`, by what is in them. */
function heldStreams(update: Update, store: PdfDict | null, key: string): Map<string, PdfRef> {
  const held = new Map<string, PdfRef>();
  for (const item of getItems(update.document, store, key)) {
    const value = resolve(update.document, item);
    if (!isRef(item) || !isStream(value)) continue;
    try {
      held.set(fingerprint(decodeStream(value)), item);
    } catch (error) {
      if (!(error instanceof PdfSyntaxError)) throw error;
    }
  }
  return held;
}

function newStream(update: Update, der: Uint8Array): PdfRef {
  const made = allocate(update.counter);
  const packed = new Uint8Array(deflateSync(der));
  const smaller = packed.length < der.length;
  update.changes.set(made.num, smaller ? stream({ Filter: name('FlateDecode') }, packed) : stream({}, der));
  return made;
}

function listOf(items: Iterable<PdfRef>): PdfArray | undefined {
  const all = [...items];
  return all.length === 0 ? undefined : array(...all);
}

function addAll(held: Map<string, PdfRef>, update: Update, ders: readonly Uint8Array[]): void {
  for (const der of ders) {
    const key = fingerprint(der);
    if (!held.has(key)) held.set(key, newStream(update, der));
  }
}

/** Says in the catalog that ETSI extensions are used, as Part 4 readers of PDF 1.7 look for (EN 319 142-1 §5.4.1). */
function extensions(update: Update, catalog: PdfDict): PdfDict {
  const old = getDict(update.document, catalog, 'Extensions') ?? dict({});
  if (old.entries.has('ESIC')) return old;
  return withEntries(old, { ESIC: dict({ BaseVersion: name('1.7'), ExtensionLevel: 5 }) });
}

/**
 * Adds evidence to the store of the document, each stream once, and a VRI entry per signature.
 * @param related evidence by signature. @returns false when the store holds everything already; the update is to be dropped then.
 */
export function addToStore(update: Update, related: readonly RelatedEvidence[]): boolean {
  if (related.every(({ evidence }) => isEmptyEvidence(evidence))) return false;
  const { document } = update;
  const catalog = catalogOf(document);
  const old = getDict(document, catalog, 'DSS');
  const held = KEYS.map(([, key]) => heldStreams(update, old, key));
  const before = update.changes.size;
  const entries: Record<string, PdfRef> = {};
  const vri = getDict(document, old, 'VRI');
  for (const { evidence } of related)
    for (const [at, [kind]] of KEYS.entries()) addAll(held[at] ?? new Map(), update, evidence[kind]);
  if (update.changes.size === before) return false;
  for (const { contents, evidence } of related) {
    const lists = KEYS.map(([kind, , key], at) => {
      const refs = evidence[kind].map((der) => held[at]?.get(fingerprint(der)));
      return [key, listOf(refs.filter((item) => item !== undefined))] as const;
    });
    const key = vriKey(contents);
    if (get(document, vri, key) !== null) continue;
    const made = allocate(update.counter);
    update.changes.set(made.num, dict(Object.fromEntries(lists)));
    entries[key] = made;
  }
  const lists = KEYS.map(([, key], at) => [key, listOf(held[at]?.values() ?? [])] as const);
  const store = withEntries(old ?? dict({ Type: name('DSS') }), {
    VRI: withEntries(vri ?? dict({}), entries),
    ...Object.fromEntries(lists.filter(([, list]) => list !== undefined)),
  });
  const entry = catalog.entries.get('DSS');
  const place = isRef(entry) ? entry : allocate(update.counter);
  update.changes.set(place.num, store);
  const root = document.trailer.entries.get('Root');
  if (isRef(root) && !isRef(entry))
    update.changes.set(
      root.num,
      withEntries(catalog, { DSS: place, Extensions: extensions(update, catalog) }),
    );
  return true;
}
