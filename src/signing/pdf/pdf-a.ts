/** Whether a file says it is PDF/A (ISO 19005), and of which part: what is added must keep to it. */
import { type Ink, PLAIN_INK } from '../appearance/ink.ts';
import { catalogOf, get, getDict, getItems, type PdfDocument, resolve } from './syntax/document.ts';
import { decodeStream } from './syntax/filters.ts';
import { PdfSyntaxError } from './syntax/parse.ts';
import {
  array,
  dict,
  isDict,
  isName,
  isStream,
  name,
  type PdfStream,
  type PdfValue,
  stream,
} from './syntax/values.ts';

/** Metadata longer than this is not searched; real ones are 1 to 50 KiB. */
const MAX_METADATA_BYTES = 1024 * 1024;
/** Colour profiles are 500 octets to some MB. */
const MAX_PROFILE_BYTES = 16 * 1024 * 1024;

function decoded(value: PdfStream, maxBytes: number): Buffer | null {
  if (value.raw.length > maxBytes) return null;
  try {
    return Buffer.from(decodeStream(value, maxBytes));
  } catch (error) {
    if (error instanceof PdfSyntaxError) return null;
    throw error;
  }
}

/** 1 to 4, or null for a file that says nothing of the kind. */
export function pdfAPart(document: PdfDocument): number | null {
  const metadata = get(document, catalogOf(document), 'Metadata');
  if (!isStream(metadata)) return null;
  const xmp = decoded(metadata, MAX_METADATA_BYTES)?.toString('utf8') ?? '';
  const part = /pdfaid:part(?:>\s*|\s*=\s*["'])(\d)/.exec(xmp)?.[1];
  return part === undefined ? null : Number(part);
}

/** Colour space of the profile of the PDF/A output intent (ICC.1 §7.2.6), e.g. `RGB `; null: there is none to be read. */
function intendedSpace(document: PdfDocument): string | null {
  for (const item of getItems(document, catalogOf(document), 'OutputIntents')) {
    const intent = resolve(document, item);
    if (!isDict(intent) || !isName(get(document, intent, 'S'), 'GTS_PDFA1')) continue;
    const profile = get(document, intent, 'DestOutputProfile');
    const octets = isStream(profile) ? decoded(profile, MAX_PROFILE_BYTES) : null;
    if (octets !== null && octets.length >= 128) return octets.toString('latin1', 16, 20);
  }
  return null;
}

/**
 * What a file leaves of colours and transparency. PDF/A-1 has no transparency; later parts want a page group where no output
 * intent says what colours are blended in. Device colours are those of the output intent, or are not to be used.
 */
export function inkOf(document: PdfDocument): Ink {
  const part = pdfAPart(document);
  if (part === null) return PLAIN_INK;
  const space = intendedSpace(document);
  return { hardEdges: part === 1 || space === null, calibrated: space !== 'RGB ' };
}

/**
 * /AP of a widget that shows nothing: in PDF/A every field has an appearance (ISO 19005-1 §6.9), every annotation that takes room
 * has one (-2 §6.3.3).
 */
export function emptyAppearance(add: (value: PdfValue) => PdfValue): PdfValue {
  const form = { Type: name('XObject'), Subtype: name('Form'), BBox: array(0, 0, 0, 0), Resources: dict({}) };
  return dict({ N: add(stream(form, new Uint8Array())) });
}

/** Whether a widget written into the file needs an appearance of its own, shown or not. */
export function wantsAppearance(document: PdfDocument, existing: Parameters<typeof getDict>[1]): boolean {
  return pdfAPart(document) !== null && getDict(document, existing, 'AP') === null;
}
