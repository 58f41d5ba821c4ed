/** Certificates and revocation data kept in the document security store (ISO 32000-2 §12.8.4.3). */
import { catalogOf, get, getDict, type PdfDocument, resolve } from './syntax/document.ts';
import { decodeStream } from './syntax/filters.ts';
import { PdfSyntaxError } from './syntax/parse.ts';
import { isArray, isDict, isStream, type PdfDict } from './syntax/values.ts';

/** DER values found. */
export interface ValidationData {
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
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
          const der = decodeStream(stream, budget.bytes);
          budget.bytes -= der.length;
          found.set(`${der.length}:${Buffer.from(der.subarray(0, 512)).toString('base64')}`, der);
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
