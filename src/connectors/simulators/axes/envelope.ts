import { documentKey, type EdxmlMessage, parseEdxml } from '../../../packages/index.ts';

/** What an axis reads from a package: who, to whom, which document. */
export interface Envelope {
  kind: 'document' | 'status';
  from: string;
  /** OrganIds of the recipients; of a status: the sender of the document it speaks of. */
  to: string[];
  documentId: string;
  subject: string;
  /** Number and notation, `7816/VPCP-TTĐT`. */
  notation: string;
  statusCode: string;
  message: EdxmlMessage;
}

/** Parses a package as far as routing needs it; attachments are decoded but not kept. Throws PackageError. */
export async function readEnvelope(source: AsyncIterable<Uint8Array>): Promise<Envelope> {
  return envelopeOf((await parseEdxml(source)).message);
}

/** The envelope of a message that is parsed already. */
export function envelopeOf(message: EdxmlMessage): Envelope {
  if (message.kind === 'status') {
    return {
      kind: 'status',
      from: message.from.organId,
      to: message.responseFor.organId ? [message.responseFor.organId] : [],
      documentId: message.responseFor.documentId ?? '',
      subject: message.description ?? '',
      notation: message.responseFor.code ?? '',
      statusCode: message.statusCode,
      message,
    };
  }
  return {
    kind: 'document',
    from: message.from.organId,
    to: [...new Set(message.to.map((organ) => organ.organId))],
    documentId: message.documentId,
    subject: message.subject,
    notation: `${message.code.codeNumber}/${message.code.codeNotation}`,
    statusCode: '',
    message,
  };
}

/**
 * What makes two packages the same effect on one recipient. New and revoked documents: sender and DocumentId; updates and replacements,
 * which may follow each other: the bytes too; statuses: who says which code about which document.
 */
export function effectKey(envelope: Envelope, sha256: string): string {
  const { message } = envelope;
  if (message.kind === 'status') {
    return [
      message.from.organId,
      envelope.to[0],
      envelope.documentId || envelope.notation,
      message.statusCode,
    ].join('|');
  }
  const type = message.business.businessDocType;
  const key = documentKey(message.from.organId, message.documentId, type);
  return type <= 1 ? key : `${key}|${sha256}`;
}
