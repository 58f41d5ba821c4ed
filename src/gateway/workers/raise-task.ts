/** Completing in a worker thread what stayed at a lower level: raised as far as authorities allow, and verified. */
import { createHash } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import {
  inspectFile,
  levelOf,
  raiseFile,
  type SignatureFacts,
  type SignatureLevel,
  SigningError,
  type VerificationReport,
  verifyFile,
} from '../../signing/index.ts';
import { writeLarge } from '../large/index.ts';
import { type FileOctets, isLargeFile } from '../store/index.ts';
import type { WorkerPki } from './crypto-worker.ts';
import { authorityBehind } from './port-authority.ts';
import { type Trust, withOctets } from './sign-task.ts';

/** One file to raise. */
export interface RaiseTask {
  readonly name: string;
  readonly bytes: FileOctets;
  /** Folder the result of a large file is written to. */
  readonly tmpDir?: string;
  readonly level: Exclude<SignatureLevel, 'B'>;
  /** SHA-256 of the certificates (hex) whose signatures must reach the level; others come along where they can. */
  readonly signers: readonly string[];
  readonly authority: MessagePort;
  readonly trustDir: string;
  readonly pki: WorkerPki;
  readonly now: number;
}

/** How far it came. */
export interface Raised {
  /** Octets for octets; for a large file that changed a file of its own, which whoever takes it removes. */
  readonly bytes: FileOctets;
  readonly changed: boolean;
  /** Lowest level of the signatures named. */
  readonly level: SignatureLevel;
  readonly report: VerificationReport;
  /** Why no further; null when the level is reached. */
  readonly fault: { readonly code: string; readonly reason: string } | null;
}

function isOneOf(signers: readonly string[]): (facts: SignatureFacts) => boolean {
  return ({ signerCertificate }) =>
    signerCertificate !== null &&
    signers.includes(createHash('sha256').update(signerCertificate).digest('hex'));
}

const STEPS: readonly SignatureLevel[] = ['B', 'T', 'LT', 'LTA'];

/**
 * Raises a file. What comes out is verified before it takes the place of what was there.
 * @throws SigningError SIGNING_RESULT_UNSOUND, and those of `extendFile` where waiting would not help
 */
export function raiseChecked(task: RaiseTask, trust: Trust): Promise<Raised> {
  return withOctets(task.bytes, (bytes, room) => raiseOctets(task, trust, bytes, room));
}

async function raiseOctets(
  task: RaiseTask,
  trust: Trust,
  bytes: Uint8Array,
  room: Uint8Array | undefined,
): Promise<Raised> {
  const isOwn = isOneOf(task.signers);
  const now = new Date(task.now);
  const raised = await raiseFile(
    { bytes, ...(room === undefined ? {} : { room }) },
    {
      level: task.level,
      evidence: { ...trust, now },
      required: isOwn,
      timestampAuthority: authorityBehind(task.authority),
    },
  );
  // Time-stamps just made may be of a clock a little ahead of the one the task was given.
  const report = await verifyFile(
    { name: task.name, bytes: raised.bytes },
    { ...trust, now: new Date(Math.max(task.now, Date.now())) },
  );
  const broken = report.signatures.find(({ indication }) => indication === 'TOTAL-FAILED');
  if (broken !== undefined)
    throw new SigningError('SIGNING_RESULT_UNSOUND', { details: { reason: broken.subIndication ?? '' } });
  const own = (await inspectFile({ bytes: raised.bytes })).filter(isOwn);
  const steps = own.map((facts) => STEPS.indexOf(levelOf(facts)));
  const { fault } = raised;
  const changed = raised.bytes !== bytes;
  const large = isLargeFile(task.bytes);
  return {
    bytes: large ? (changed ? await writeLarge(task.tmpDir, raised.bytes) : task.bytes) : raised.bytes,
    changed,
    level: STEPS[Math.min(STEPS.length - 1, ...steps)] ?? 'B',
    report,
    fault:
      fault === null ? null : { code: fault.code, reason: String(fault.details['reason'] ?? fault.message) },
  };
}
