import { parseWireDate } from '../dates.ts';
import { asSeen } from '../invisible.ts';

const UUID = /^(?:urn:uuid:)?\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;

/**
 * One text for one sending of one document, for telling repeats apart: same sender, same document, same business type.
 * The identifier comes as a UUID or as `OrganId,date,number/notation` with either date spelling; both are normalised
 * (case, Unicode form, white space, characters nobody sees), anything else is compared as text.
 */
export function documentKey(senderOrganId: string, documentId: string, businessDocType: number): string {
  const parts = [plain(senderOrganId), String(businessDocType), normalizeDocumentId(documentId)];
  return parts.map((part) => part.replace(/[\\|]/g, '\\$&')).join('|');
}

/** The identifier as it is compared; see {@link documentKey}. */
export function normalizeDocumentId(documentId: string): string {
  const uuid = UUID.exec(asSeen(documentId))?.[1];
  if (uuid !== undefined) return uuid.toLowerCase();
  const [organ, date, ...code] = documentId.split(',');
  const day = date === undefined ? undefined : parseWireDate(asSeen(date));
  if (organ === undefined || day === undefined || code.length === 0) return plain(documentId);
  return `${plain(organ)},${day},${plain(code.join(',')).replace(/\s*\/\s*/g, '/')}`;
}

function plain(text: string): string {
  return asSeen(text.normalize('NFC')).replace(/\s+/g, ' ').toUpperCase();
}
