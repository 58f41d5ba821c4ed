/** Which document a status speaks of. */
import type { EdxmlStatus } from '../../../packages/index.ts';

/**
 * The DocumentId a status answers; senders that leave it out are matched by agency, date and number (§1.4). A 13 is the
 * word of the document's own sender, so the agency is then its `From`.
 */
export function answeredDocumentId(status: EdxmlStatus): string {
  const { documentId, organId = '', promulgationDate = '', code = '' } = status.responseFor;
  const owner = status.statusCode === '13' ? status.from.organId : organId;
  return documentId ?? `${owner},${promulgationDate.replaceAll('-', '/')},${code}`;
}
