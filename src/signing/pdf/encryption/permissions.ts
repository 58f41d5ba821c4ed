/** What the owner of an encrypted file lets others do (ISO 32000-2 §7.6.4.2, Table 22). */
import { SigningError } from '../../errors.ts';
import type { PdfDocument } from '../syntax/document.ts';

/** Bits of /P, counted from 1 in the standard. */
const MODIFY = 1 << 3;
const ANNOTATE = 1 << 5;
const FILL_FORMS = 1 << 8;

/**
 * Refuses a user whom the owner does not let sign: an existing field takes the right to fill forms (bit 9 or 6), a new one
 * the right to make fields (bits 4 and 6).
 * @throws SigningError PDF_OWNER_FORBIDS
 */
export function assertOwnerAllows(document: PdfDocument, what: 'field' | 'new-field'): void {
  const { cipher } = document;
  if (cipher === null || cipher.as === 'owner') return;
  const has = (bit: number): boolean => (cipher.permissions & bit) !== 0;
  const allowed = what === 'field' ? has(FILL_FORMS) || has(ANNOTATE) : has(MODIFY) && has(ANNOTATE);
  if (!allowed) throw new SigningError('PDF_OWNER_FORBIDS', { details: { reason: what } });
}
