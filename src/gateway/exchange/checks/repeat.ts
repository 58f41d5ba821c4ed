/** Whether a document that comes under a known name is the one that came before. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { EdxmlDocument } from '../../../packages/index.ts';
import {
  findDocumentsOf,
  listDeliveriesOf,
  listPackagesOf,
  lockName,
  type PackageRow,
  type Queries,
} from '../../store/index.ts';
import { purposeOf } from '../recall/request.ts';
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
  const { to, attachments, ...message } = JSON.parse(text, asSaid) as EdxmlDocument;
  const { documentId, traceHeaders, traceAttributes, rawDates, signatureXml, ...said } = message;
  const files = attachments.map(({ name, sha256 }) => ({ name, sha256 }));
  return { said: { ...said, files }, to: to.map(({ organId }) => organId) };
}

/**
 * What a text says, however a system writes it this time: laid out in lines, or with its accents apart (UAX #15). White space in an
 * element that has no text is nothing.
 */
function asSaid(_key: string, value: unknown): unknown {
  if (typeof value === 'string')
    return value.normalize('NFC').replace(/\s+/g, ' ').replaceAll('> <', '><').trim();
  return Array.isArray(value) ? value.filter((item) => item !== '') : value;
}

/** The same document, to nobody who was not named before. */
export function isSameDocument(known: Compared, other: Compared): boolean {
  const [before, now] = [contentOf(known), contentOf(other)];
  if (before === null || now === null || !isDeepStrictEqual(before.said, now.said)) return false;
  return now.to.every((code) => before.to.includes(code));
}

/** Who of the recipients has a document already. */
export interface Had {
  /** The package kept under the document's own key. */
  readonly first: PackageRow;
  /** The package by which the first of them got it. */
  readonly known: PackageRow | undefined;
  readonly without: readonly Recipient[];
  /** Each of them has given it back. */
  readonly isGone: boolean;
  /** Its sender has asked everybody who has it to give it back, or to take another one for it, and nobody has refused. */
  readonly isAskedBack: boolean;
}

/** A document as it is kept, and which packages came the same way. */
export interface Name {
  readonly sender: string;
  readonly documentId: string;
  readonly documentKey: string;
  readonly metadata: unknown;
  isSameWay(row: PackageRow): boolean;
}

/** Looks for a document that came the same way before, to whomever; null: it came with other content. */
export async function whoHas(
  tx: Queries,
  { sender, documentId, documentKey, metadata, isSameWay }: Name,
  recipients: readonly Recipient[],
): Promise<Had | null> {
  const found = (await findDocumentsOf(tx, [sender], [documentId], [documentKey])).filter(isSameWay);
  const said = contentOf({ kind: 'document', metadata })?.said;
  const same = found.filter((row) => isDeepStrictEqual(contentOf(row)?.said, said));
  const first = same.find((row) => row.document_key === documentKey);
  if (first === undefined) return null;
  const byId = new Map(same.map((row) => [row.id, row]));
  const deliveries = await listDeliveriesOf(tx, [...byId.keys()]);
  const had = new Map(deliveries.map(({ recipient, package_id }) => [recipient, byId.get(package_id)]));
  const gone = new Set(
    deliveries.flatMap(({ recipient, state }) => (state === 'withdrawn' ? [recipient] : [])),
  );
  const standing = deliveries.filter(({ state }) => state !== 'refused');
  const isAsked = standing.every(({ recall }) => recall === 'requested' || recall === 'agreed');
  // A recall accepted after it, and not carried out yet.
  const isAboutToBe = found.some(
    (row) => row.id > first.id && row.state === 'accepted' && purposeOf(row) === 'recall',
  );
  return {
    first,
    known: recipients.map(({ code }) => had.get(code)).find((row) => row !== undefined),
    without: recipients.filter(({ code }) => !had.has(code)),
    isGone: recipients.length > 0 && recipients.every(({ code }) => gone.has(code)),
    isAskedBack: isAboutToBe || (standing.length > 0 && isAsked),
  };
}

/** The key of a document sent once more, to others. */
export function keyForOthers(documentKey: string, recipients: readonly Recipient[]): string {
  const codes = recipients.map(({ code }) => code).sort();
  return `${documentKey}|${createHash('sha256').update(codes.join('|')).digest('hex').slice(0, 32)}`;
}

/** Thrown to undo the transaction that keeps a document for further agencies: one of them has got it meanwhile. */
export class GotMeanwhile extends Error {}

/**
 * To be called in the transaction that keeps `row` for further agencies: the same document may come for some of them at the same time.
 * @throws GotMeanwhile
 */
export async function assertStillWithout(
  tx: Queries,
  row: Pick<PackageRow, 'id' | 'further_of'>,
  recipients: readonly string[],
): Promise<void> {
  if (row.further_of === null) return;
  await lockName(tx, `further:${row.further_of}`);
  const all = await listPackagesOf(tx, row.further_of);
  const had = await listDeliveriesOf(
    tx,
    all.filter((id) => id !== row.id),
  );
  if (had.some(({ recipient }) => recipients.includes(recipient))) throw new GotMeanwhile();
}
