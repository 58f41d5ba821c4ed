/** Certificates and revocation data kept in the document security store (ISO 32000-2 §12.8.4.3). */
import { createHash } from 'node:crypto';
import { catalogOf, get, getDict, type PdfDocument, resolve } from './syntax/document.ts';
import { decodeStream } from './syntax/filters.ts';
import { PdfSyntaxError } from './syntax/parse.ts';
import { isArray, isDict, isStream, type PdfDict, type PdfStream } from './syntax/values.ts';

/** DER values found. */
export interface ValidationData {
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
}

interface Decoded {
  readonly der: Uint8Array;
  readonly sha256: string;
}

/** Revisions share the objects they have in common: each stream is decoded once. */
const decoded = new WeakMap<PdfStream, Decoded>();
const stores = new WeakMap<PdfDocument, ValidationData>();

/** @throws PdfSyntaxError when it is no stream of at most `limit` octets */
function decodeOnce(stream: PdfStream, limit: number): Decoded {
  const known = decoded.get(stream);
  if (known !== undefined && known.der.length <= limit) return known;
  const der = decodeStream(stream, limit);
  const item = { der, sha256: createHash('sha256').update(der).digest('hex') };
  decoded.set(stream, item);
  return item;
}

const MAX_ITEMS = 5_000;
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;

function collect(
  document: PdfDocument,
  dicts: readonly PdfDict[],
  keys: readonly string[],
  budget: { bytes: number },
): Uint8Array[] {
  const found = new Map<string, Uint8Array>();
  for (const dict of dicts) {
    for (const key of keys) {
      const list = get(document, dict, key);
      for (const item of isArray(list) ? list.items.slice(0, MAX_ITEMS) : []) {
        const stream = resolve(document, item);
        if (!isStream(stream) || budget.bytes <= 0) continue;
        try {
          const { der, sha256 } = decodeOnce(stream, budget.bytes);
          budget.bytes -= der.length;
          found.set(sha256, der);
        } catch (error) {
          if (!(error instanceof PdfSyntaxError)) throw error;
        }
      }
    }
  }
  return [...found.values()];
}

/** Everything in /DSS of a revision, the per-signature /VRI entries included. */
export function validationData(document: PdfDocument): ValidationData {
  const known = stores.get(document);
  if (known !== undefined) return known;
  const store = readStore(document);
  stores.set(document, store);
  return store;
}

function readStore(document: PdfDocument): ValidationData {
  const store = getDict(document, catalogOf(document), 'DSS');
  if (store === null) return { certificates: [], crls: [], ocsps: [] };
  const related = getDict(document, store, 'VRI');
  const entries = [...(related?.entries.values() ?? [])]
    .slice(0, MAX_ITEMS)
    .map((value) => resolve(document, value));
  const dicts = [store, ...entries.filter(isDict)];
  const budget = { bytes: MAX_TOTAL_BYTES };
  return {
    certificates: collect(document, dicts, ['Certs', 'Cert'], budget),
    crls: collect(document, dicts, ['CRLs', 'CRL'], budget),
    ocsps: collect(document, dicts, ['OCSPs', 'OCSP'], budget),
  };
}
