import { randomUUID } from 'node:crypto';
import { PackageError } from '../../../packages/index.ts';
import { type Blobs, BlobTooLargeError } from '../kit/blobs.ts';
import type { Ledger } from '../kit/ledger.ts';
import { type Envelope, effectKey, readEnvelope } from './envelope.ts';
import { type AxisSent, type AxisState, refusalOf } from './state.ts';

/** What a sender claims about the bytes that follow. */
export interface AxisSubmission {
  systemId: string;
  from: string;
  messageType: 'edoc' | 'status';
  /** Accepted twice on purpose (misbehaviour `duplicate`). */
  times: 1 | 2;
  /** A rule of this axis alone; what it says refuses the package. */
  judge?(envelope: Envelope): { code: string; text: string } | undefined;
}

/** Outcome of one submission in the axis' own codes. */
export type AxisOutcome = { ok: true; sent: AxisSent } | { ok: false; code: string; text: string };

/** Bytes as stored, ready to be judged. */
export interface StoredPackage {
  blobId: string;
  sizeBytes: number;
  sha256: string;
}

/**
 * Stores the bytes (`receive` writes them and says what they are, or why they are refused), reads the envelope, routes,
 * and records the effect before saying yes.
 */
export async function acceptPackage(
  parts: { state: AxisState; blobs: Blobs; ledger: Ledger },
  submission: AxisSubmission,
  receive: (blobId: string) => Promise<StoredPackage | { code: string; text: string }>,
): Promise<AxisOutcome> {
  const blobId = randomUUID();
  const refuse = async (code: string, text: string): Promise<AxisOutcome> => {
    await parts.blobs.remove(blobId);
    return { ok: false, code, text };
  };
  try {
    const stored = await receive(blobId);
    if ('code' in stored) return await refuse(stored.code, stored.text);
    const envelope = await readEnvelope(parts.blobs.read(blobId));
    const refusal =
      refusalOf(parts.state, submission.systemId, envelope, submission) ?? submission.judge?.(envelope);
    if (refusal) return await refuse(refusal.code, refusal.text);
    return { ok: true, sent: await record(parts, submission, stored, envelope) };
  } catch (error) {
    if (error instanceof PackageError) return refuse('22', `edXML sai chuẩn: ${error.code}`);
    if (error instanceof BlobTooLargeError) return refuse('10', 'File quá lớn');
    throw error;
  }
}

/** One effect for every recipient: a sender may split a package by recipient, and double it for one of them only. */
async function record(
  parts: { state: AxisState; ledger: Ledger },
  submission: AxisSubmission,
  stored: StoredPackage,
  envelope: Envelope,
): Promise<AxisSent> {
  const { message, ...rest } = envelope;
  // Copied, since a string cut out of the package keeps the whole of it in memory as long as it lives itself.
  const kept = structuredClone(rest);
  const { systemId, messageType, times } = submission;
  const sent = parts.state.accept({ systemId, messageType, envelope: kept, ...stored }, times);
  const key = effectKey(envelope, stored.sha256);
  const entries = kept.to.map((to) => ({
    kind: messageType,
    id: sent.senderDocId,
    key: `${key}|${to}`,
    sha256: stored.sha256,
    from: kept.from,
    to: [to],
    facts: {
      documentId: kept.documentId,
      sizeBytes: stored.sizeBytes,
      ...(message.kind === 'status' && { statusCode: message.statusCode }),
    },
  }));
  await Promise.all(entries.map((entry) => parts.ledger.append(entry)));
  return sent;
}
