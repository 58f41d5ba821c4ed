/** Which document a status speaks of. */
import { type EdxmlDocument, type EdxmlStatus, parseWireDate } from '../../../packages/index.ts';
import {
  type DocumentName,
  findDocumentsOf,
  findNumberedDocuments,
  type PackageRow,
  type Queries,
} from '../../store/index.ts';

/**
 * The DocumentId a status answers; senders that leave it out, or empty, are matched by agency, date and number (§1.4). A 13 is the
 * word of the document's own sender, so the agency is then its `From`.
 */
export function answeredDocumentId(status: EdxmlStatus): string {
  const { documentId = '', organId = '', promulgationDate = '', code = '' } = status.responseFor;
  if (documentId !== '') return documentId;
  const owner = status.statusCode === '13' ? status.from.organId : organId;
  return `${owner},${promulgationDate.replaceAll('-', '/')},${code}`;
}

/** Number and notation of a document, and its day of issue as yyyy-MM-dd: with its sender they name it as its DocumentId does. */
export interface DocumentNumber {
  readonly code: string;
  readonly date: string;
}

/** The number of a document that was kept. */
export function numberOf({ code, metadata }: Pick<PackageRow, 'code' | 'metadata'>): DocumentNumber {
  const { promulgationInfo } = JSON.parse(metadata) as EdxmlDocument;
  return { code, date: promulgationInfo.promulgationDate };
}

/** One text for a number, however it is written, as documents are looked for by it. */
export function numberName({ code, date }: DocumentNumber): string {
  return `${date}|${code.normalize('NFC').replaceAll(' ', '').toUpperCase()}`;
}

/**
 * What a status says of its document beside the DocumentId, or in it (`OrganId,date,number/notation`): systems that keep no identifier
 * of others answer with an own one, or with none, where the document's is a UUID (§1.5). Null when it does not say both.
 */
export function answeredNumber({ responseFor }: EdxmlStatus): DocumentNumber | null {
  const [, dayInId = '', ...codeInId] = (responseFor.documentId ?? '').split(',');
  const code = responseFor.code || codeInId.join(',').trim();
  const date = parseWireDate(responseFor.promulgationDate || dayInId.trim());
  return code === '' || date === undefined ? null : { code, date };
}

/** The documents of that name; where there are none, those with the number and day of issue that are stated beside it. */
export async function findAnsweredDocuments(
  tx: Queries,
  { senders, documentId, keys }: DocumentName,
  number: DocumentNumber | null,
): Promise<PackageRow[]> {
  const named = await findDocumentsOf(tx, senders, [documentId], keys);
  return named.length > 0 || number === null
    ? named
    : findNumberedDocuments(tx, senders, number.code, number.date);
}
