/** Whether a file says it is PDF/A (ISO 19005), and of which part: what is added must keep to it. */
import { catalogOf, get, type PdfDocument } from './syntax/document.ts';
import { decodeStream } from './syntax/filters.ts';
import { PdfSyntaxError } from './syntax/parse.ts';
import { isStream } from './syntax/values.ts';

/** Metadata longer than this is not searched; real ones are 1 to 50 KiB. */
const MAX_METADATA_BYTES = 1024 * 1024;

/** 1 to 4, or null for a file that says nothing of the kind. */
export function pdfAPart(document: PdfDocument): number | null {
  const metadata = get(document, catalogOf(document), 'Metadata');
  if (!isStream(metadata) || metadata.raw.length > MAX_METADATA_BYTES) return null;
  try {
    const xmp = Buffer.from(decodeStream(metadata)).toString('utf8');
    const part = /pdfaid:part(?:>\s*|\s*=\s*["'])(\d)/.exec(xmp)?.[1];
    return part === undefined ? null : Number(part);
  } catch (error) {
    if (error instanceof PdfSyntaxError) return null;
    throw error;
  }
}
