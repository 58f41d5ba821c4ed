/** Keys whose holder authorises signatures beforehand: what is to be signed is fixed, shown, and then signed unchanged. */
import type { Exchange, SignatureRequest } from '../exchange/index.ts';
import {
  listSigningItems,
  type SigningItemRow,
  type SigningJobRow,
  updateSigningItem,
} from '../store/index.ts';
import type { Consent, KeyRing } from '../workers/index.ts';
import { isPrintedAlready, orderOf, progressOf, stepsOf } from './sign-item.ts';

interface Parts {
  readonly x: Exchange;
  readonly keyRing: KeyRing;
}

/** What the holder of a key has to give. */
export interface WantedConsent extends Consent {
  /** Id of the key. */
  readonly key: string;
}

/** Signatures authorised in this process, `file/step` by job: an authorisation lives in memory, so after a restart it is asked for again. */
const authorised = new Map<string, Set<string>>();

function stepName(item: SigningItemRow, step: number): string {
  return `${item.seq}/${step}`;
}

function isAuthorised(job: SigningJobRow, item: SigningItemRow, step: number): boolean {
  return authorised.get(job.id)?.has(stepName(item, step)) === true;
}

/** The consent a key wants, each key asked about once; null: none. */
function consents(keyRing: KeyRing, agency: string): (key: string) => Promise<Consent | null> {
  const known = new Map<string, Promise<Consent | null>>();
  return (key) => {
    const held = known.get(key) ?? keyRing.consentOf(agency, key);
    known.set(key, held);
    return held;
  };
}

/** Whether a signature can be made now: its key asks nobody, or its holder has agreed to this one. */
export function freeSteps(
  { keyRing }: Pick<Parts, 'keyRing'>,
  job: SigningJobRow,
): (item: SigningItemRow, step: number, request: SignatureRequest) => Promise<boolean> {
  const of = consents(keyRing, job.agency);
  return async (item, step, { key }) => isAuthorised(job, item, step) || (await of(key)) === null;
}

/** Files of which the next signature can be made now. */
export async function readyItems(
  parts: Pick<Parts, 'keyRing'>,
  job: SigningJobRow,
  items: readonly SigningItemRow[],
): Promise<SigningItemRow[]> {
  const isFree = freeSteps(parts, job);
  const ready: SigningItemRow[] = [];
  for (const item of items) {
    const { step } = progressOf(item);
    const next = stepsOf(job, item)[step];
    if (next === undefined || (await isFree(item, step, next))) ready.push(item);
  }
  return ready;
}

/** What the holder has to give for whom the job waits, with that key; null: nobody. */
export async function consentFor({ x, keyRing }: Parts, job: SigningJobRow): Promise<WantedConsent | null> {
  const of = consents(keyRing, job.agency);
  for (const item of await listSigningItems(x.store.read, job.id, { state: 'waiting' })) {
    const { step } = progressOf(item);
    const key = stepsOf(job, item)[step]?.key;
    if (key === undefined || isAuthorised(job, item, step)) continue;
    const consent = await of(key);
    if (consent !== null) return { ...consent, key };
  }
  return null;
}

/** One file under an authorisation: what it signs first, and how many signatures it takes in all. */
interface Share {
  readonly item: SigningItemRow;
  readonly steps: readonly number[];
}

/**
 * The files one authorisation can cover, as many as it may. Where it is not bound to what is signed, it takes in the signatures
 * that follow with the same key.
 */
function sharesOf(job: SigningJobRow, items: readonly SigningItemRow[], wanted: WantedConsent): Share[] {
  const shares: Share[] = [];
  let left = wanted.most;
  for (const item of items) {
    const { step: first } = progressOf(item);
    const all = stepsOf(job, item);
    if (all[first]?.key !== wanted.key || isAuthorised(job, item, first)) continue;
    const steps = all.flatMap(({ key }, at) => (at >= first && key === wanted.key ? [at] : []));
    const taken = wanted.bound ? steps.slice(0, 1) : steps.slice(0, left);
    if (taken.length > left || taken.length === 0) break;
    left -= taken.length;
    shares.push({ item, steps: taken });
  }
  return shares;
}

/** The signing time that stays. */
async function fix(x: Exchange, item: SigningItemRow, now: number): Promise<SigningItemRow> {
  const change = { signing_time: now, updated_at: now };
  await x.store.write((tx) => updateSigningItem(tx, item.job_id, item.seq, change));
  return { ...item, ...change };
}

/** What the next signature of a file signs; null: this step has nothing to do. */
async function dataOf({ x, keyRing }: Parts, job: SigningJobRow, item: SigningItemRow, step: number) {
  const request = stepsOf(job, item)[step];
  if (request === undefined) return null;
  const file = await x.blobs.fileOf(progressOf(item).sha256);
  try {
    return await keyRing.prepare(orderOf(job, item, request, file));
  } catch (cause) {
    if (isPrintedAlready(request, cause)) return null;
    throw cause;
  }
}

/**
 * Authorises the job's next signatures with what the holder gave. What one authorisation does not cover waits for the next.
 * @throws SigningError REMOTE_…, KEY_PIN_…
 */
export async function authoriseJob(
  parts: Parts,
  job: SigningJobRow,
  given: { pin?: string | undefined; otp?: string | undefined },
): Promise<void> {
  const { x, keyRing } = parts;
  const wanted = await consentFor(parts, job);
  if (wanted === null) return;
  const waiting = await listSigningItems(x.store.read, job.id, { state: 'waiting' });
  const data: Uint8Array[] = [];
  const names: string[] = [];
  const now = x.now();
  for (const { item, steps } of sharesOf(job, waiting, wanted)) {
    const fixed = await fix(x, item, now);
    const [first = 0, ...later] = steps;
    const octets = await dataOf(parts, job, fixed, first);
    // A number that is printed already is no signature: the seal comes next, with the same key.
    const next = octets === null ? await dataOf(parts, job, fixed, first + 1) : octets;
    if (next === null) continue;
    data.push(next);
    names.push(
      ...[first, ...(octets === null ? [first + 1] : []), ...later].map((step) => stepName(item, step)),
    );
  }
  const count = wanted.bound ? data.length : Math.min(wanted.most, new Set(names).size);
  await keyRing.authorise(job.agency, wanted.key, { ...given, data, count });
  authorised.set(job.id, new Set(names));
}

/** An authorisation that is used up, or was lost, has to be given again. */
export function forgetConsent(jobId: string): void {
  authorised.delete(jobId);
}
