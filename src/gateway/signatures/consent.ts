/** Keys whose holder authorises signatures beforehand: what is to be signed is fixed, shown, and then signed unchanged. */
import type { Exchange } from '../exchange/index.ts';
import { ExchangeError } from '../exchange/index.ts';
import {
  listSigningItems,
  type SigningItemRow,
  type SigningJobRow,
  updateSigningItem,
} from '../store/index.ts';
import type { Consent, KeyRing } from '../workers/index.ts';
import { orderOf, signaturesOf } from './sign-item.ts';

interface Parts {
  readonly x: Exchange;
  readonly keyRing: KeyRing;
}

/** Jobs authorised in this process: an authorisation lives in memory, so after a restart it is asked for again. */
const authorised = new Set<string>();

/** The one signature of a job whose key wants consent. */
function onlySignature(job: SigningJobRow, item: SigningItemRow): ReturnType<typeof signaturesOf>[number] {
  const [request, ...more] = signaturesOf(job, item);
  if (request === undefined || more.length > 0)
    throw new ExchangeError('KEY_UNKNOWN', {
      vi: 'Khoá cần người giữ cho phép chỉ dùng được cho việc có một chữ ký mỗi tệp.',
      en: 'A key whose holder authorises signatures can only be the only one of a job.',
    });
  return request;
}

/** What the holder of the job's key has to give; null: nothing. */
export async function consentFor({ keyRing }: Parts, job: SigningJobRow): Promise<Consent | null> {
  const [first, ...more] = JSON.parse(job.sign) as { key: string }[];
  if (first === undefined || more.length > 0) return null;
  return keyRing.consentOf(job.agency, first.key);
}

/** Whether the job has to wait for its key's holder (`needed`), has been authorised (`given`), or needs nobody (`free`). */
export async function consentState(parts: Parts, job: SigningJobRow): Promise<'needed' | 'given' | 'free'> {
  if (authorised.has(job.id)) return 'given';
  return (await consentFor(parts, job)) === null ? 'free' : 'needed';
}

/** The files one authorisation can cover, each with a signing time that stays. */
async function fixed(x: Exchange, job: SigningJobRow, most: number): Promise<SigningItemRow[]> {
  const items = await listSigningItems(x.store.read, job.id, { state: 'waiting', limit: most });
  const now = x.now();
  await x.store.write(async (tx) => {
    for (const item of items)
      await updateSigningItem(tx, job.id, item.seq, { signing_time: now, updated_at: now });
  });
  return items.map((item) => ({ ...item, signing_time: now }));
}

/**
 * Authorises the job's next files with what the holder gave. Files beyond what one authorisation covers wait for the next.
 * @throws SigningError REMOTE_…, KEY_PIN_…
 */
export async function authoriseJob(
  parts: Parts,
  job: SigningJobRow,
  given: { pin?: string | undefined; otp?: string | undefined },
): Promise<void> {
  const { x, keyRing } = parts;
  const consent = await consentFor(parts, job);
  if (consent === null) return;
  const data: Uint8Array[] = [];
  for (const item of await fixed(x, job, consent.most)) {
    const request = onlySignature(job, item);
    data.push(await keyRing.prepare(orderOf(job, item, request, await x.blobs.fileOf(item.sha256))));
  }
  const [first] = JSON.parse(job.sign) as { key: string }[];
  await keyRing.authorise(job.agency, first?.key ?? '', { ...given, data });
  authorised.add(job.id);
}

/** An authorisation that is used up, or was lost, has to be given again. */
export function forgetConsent(jobId: string): void {
  authorised.delete(jobId);
}
