/** Requests that wait for the document they name, when an axis brings them in the wrong order. */
import { createHash } from 'node:crypto';
import { documentKey } from '../../../packages/index.ts';
import {
  findPackage,
  listDeliveries,
  lockName,
  type PackageRow,
  type Queries,
  rememberKey,
  takeKey,
} from '../../store/index.ts';
import { UNKNOWN_DOCUMENT } from '../checks/route.ts';
import { type Releaser, releaseOne } from '../release.ts';
import { type DocumentNumber, numberName } from '../status/answered.ts';

/** Under this requests about one document wait; whoever looks whether there are any, or the document, holds its lock. */
export function waitingKey(origin: string, sender: string, documentId: string): string {
  return `request-before:${origin}:${documentKey(sender, documentId, 0)}`;
}

/** Under this those wait, too, that state its number: it may be all they have in common with the document. */
export function numberedKey(origin: string, sender: string, number: DocumentNumber): string {
  const name = createHash('sha256')
    .update(`${sender}|${numberName(number)}`)
    .digest('hex');
  return `request-before:${origin}:number:${name}`;
}

/** Takes the locks of all `keys`, in one order for everybody. */
export async function lockKeys(tx: Queries, keys: readonly string[]): Promise<void> {
  for (const key of [...new Set(keys)].sort()) await lockName(tx, key);
}

/** An axis may bring a request for each recipient: they are numbered. */
function nthKey(key: string, nth: number): string {
  return nth === 1 ? key : `${key}#${nth}`;
}

/** Lets the package `request` wait. */
export async function putWaiting(tx: Queries, key: string, request: string, now: number): Promise<void> {
  let nth = 1;
  while (!(await rememberKey(tx, nthKey(key, nth), request, now))) nth += 1;
}

/** All that wait, oldest first; they wait no longer. */
export async function takeWaiting(tx: Queries, key: string): Promise<PackageRow[]> {
  const taken: PackageRow[] = [];
  for (let nth = 1; ; nth += 1) {
    const id = await takeKey(tx, nthKey(key, nth));
    if (id === null) return taken;
    const request = await findPackage(tx, id);
    if (request !== undefined) taken.push(request);
  }
}

/** A status 13 was held as one about an unknown document; now that it has come, whom it asks is told. */
export async function handOn(x: Releaser, tx: Queries, request: PackageRow, now: number): Promise<void> {
  for (const { id, reason_code } of await listDeliveries(tx, request.id))
    if (reason_code === UNKNOWN_DOCUMENT.code) await releaseOne(x, tx, id, 'gateway', now);
}
