/** Whether a document that comes under a known name is the one that came before. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { EdxmlDocument } from '../../../packages/index.ts';
import { findDocumentsOf, listDeliveries, type PackageRow, type Queries } from '../../store/index.ts';
import type { Recipient } from '../recipients.ts';

/** A package as far as it is compared; `metadata` is the message, or its JSON as it is kept. */
interface Compared {
  readonly kind: string;
  readonly metadata: unknown;
}

/**
 * What a document says, and its files. Whoever sends again may write the package anew, and an axis writes what it passes on: the stops on
 * its way, names of parts, spellings of dates and a signature over all of it are then others. Its name is compared by its key.
 */
function contentOf({ kind, metadata }: Compared): { said: unknown; to: string[] } | null {
  if (kind !== 'document') return null;
  const text = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
  const { to, attachments, ...message } = JSON.parse(text) as EdxmlDocument;
  const { documentId, traceHeaders, traceAttributes, rawDates, signatureXml, ...said } = message;
  const files = attachments.map(({ name, sha256 }) => ({ name, sha256 }));
  return { said: { ...said, files }, to: to.map(({ organId }) => organId) };
}

/** The same document, to nobody who was not named before. */
export function isSameDocument(known: Compared, other: Compared): boolean {
  const [before, now] = [contentOf(known), contentOf(other)];
  if (before === null || now === null || !isDeepStrictEqual(before.said, now.said)) return false;
  return now.to.every((code) => before.to.includes(code));
}

/** Who of the recipients has a document already. */
export interface Had {
  /** The package by which the first of them got it. */
  readonly known: PackageRow | undefined;
  readonly without: readonly Recipient[];
}

/**
 * Looks for a document that came the same way before, to whomever; null: it came with other content.
 * @param name as the document is kept
 */
export async function whoHas(
  tx: Queries,
  name: { sender: string; origin: string; documentId: string; documentKey: string; metadata: unknown },
  recipients: readonly Recipient[],
): Promise<Had | null> {
  const { sender, origin, documentId, documentKey, metadata } = name;
  const found = await findDocumentsOf(tx, [sender], documentId, [documentKey]);
  const said = contentOf({ kind: 'document', metadata })?.said;
  const same = found.filter((row) => row.origin === origin && isDeepStrictEqual(contentOf(row)?.said, said));
  if (!same.some((row) => row.document_key === documentKey)) return null;
  const had = new Map<string, PackageRow>();
  for (const row of same)
    for (const { recipient } of await listDeliveries(tx, row.id)) had.set(recipient, row);
  return {
    known: recipients.map(({ code }) => had.get(code)).find((row) => row !== undefined),
    without: recipients.filter(({ code }) => !had.has(code)),
  };
}

/** The key of a document sent once more, to others. */
export function keyForOthers(documentKey: string, recipients: readonly Recipient[]): string {
  const codes = recipients.map(({ code }) => code).sort();
  return `${documentKey}|${createHash('sha256').update(codes.join('|')).digest('hex').slice(0, 32)}`;
}
