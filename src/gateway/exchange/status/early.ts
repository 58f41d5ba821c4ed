/**
 * Early: a status that is heard before the document it speaks of came here (over another way, or after a backup was put back) waits
 * under the document's name and under its number, and is written onto the document's timeline when that comes.
 */
import { createHash } from 'node:crypto';
import { documentKey, type EdxmlStatus } from '../../../packages/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { findKeys, lockName, type PackageRow, type Queries, setCorrelates } from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { handOn, putWaiting, takeWaiting } from '../recall/waiting.ts';
import { answeredDocumentId, answeredNumber, type DocumentNumber, numberName, numberOf } from './answered.ts';
import { applyOwnAnswer, applyStatus } from './track.ts';

/** Who looks for a document in vain holds it alone, who brings one shares it: neither misses the other. */
const LOCK = 'status-before-document';

/**
 * Whoever brings documents calls this before it takes positions in inboxes: a status that waits for the lock holds none, and one that has
 * it may want some.
 */
export async function awaitLookers(
  tx: Queries,
  brought: readonly { readonly kind: string }[],
): Promise<void> {
  if (brought.some(({ kind }) => kind === 'document')) await lockName(tx, LOCK, 'shared');
}

/** Writes a status onto the document it speaks of. @returns false when there is none. */
export async function attach(
  x: Pick<Exchange, 'counterparties'>,
  tx: Queries,
  pkg: PackageRow,
  status: EdxmlStatus,
  now: number,
  before?: number,
): Promise<boolean> {
  const sent = await applyStatus(x, tx, status, pkg, now, before);
  const isOurs = !x.counterparties.has(pkg.origin);
  const correlates = sent ?? (isOurs ? await applyOwnAnswer(x, tx, status, pkg, now, before) : null);
  if (correlates === null) return false;
  await setCorrelates(tx, [{ id: pkg.id, correlates }]);
  return true;
}

/**
 * Lets a status wait for its document, unless that came meanwhile.
 * @returns true when it waits, false when it was written onto its document after all.
 */
export async function awaitDocument(
  x: Pick<Exchange, 'counterparties'>,
  tx: Queries,
  pkg: PackageRow,
  status: EdxmlStatus,
  now: number,
): Promise<boolean> {
  await lockName(tx, LOCK);
  if (await attach(x, tx, pkg, status, now)) return false;
  const { organId = '' } = status.responseFor;
  const owner = (await findAgencies(tx, [organId])).get(organId)?.code ?? organId;
  for (const key of keysOf(owner, answeredDocumentId(status), answeredNumber(status)))
    await putWaiting(tx, key, pkg.id, now);
  return true;
}

/**
 * Writes what was said of `packages` before they came here onto their timelines; in the transaction that routes them, behind that.
 * A status that was held for want of its document goes on to whom it is for.
 */
export async function applyEarlierStatuses(
  x: Exchange,
  tx: Queries,
  packages: readonly PackageRow[],
  now: number,
): Promise<void> {
  const documents = packages.filter(({ kind }) => kind === 'document');
  const keys = documents.flatMap((row) => keysOf(row.sender, row.document_id, numberOf(row)));
  for (const key of await findKeys(tx, keys)) {
    for (const pkg of await takeWaiting(tx, key)) {
      // It waited under its document's other name, too.
      if (pkg.correlates !== null) continue;
      const status = JSON.parse(pkg.metadata) as EdxmlStatus;
      if (await attach(x, tx, pkg, status, now, pkg.accepted_at)) await handOn(x, tx, pkg, now);
      // The document went to others so far.
      else await putWaiting(tx, key, pkg.id, now);
    }
  }
}

/** What a status on a document waits under: that one's name, and its number where that is told. Neither has a longest. */
function keysOf(owner: string, documentId: string, number: DocumentNumber | null): string[] {
  const numbered = number === null ? [] : [numberName(number)];
  const names = [documentKey(owner, documentId, 0), ...numbered.map((text) => `${owner}|${text}`)];
  return names.map((name) => `status-before:${createHash('sha256').update(name).digest('hex')}`);
}
