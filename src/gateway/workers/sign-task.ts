/** Signing one PDF in a worker thread: the certificate is checked before, the result after, the evidence is kept. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { MessagePort } from 'node:worker_threads';
import {
  type Evidence,
  type EvidenceOptions,
  type FormatOptions,
  openPkcs12,
  type PdfSignOptions,
  type SignatureLevel,
  type Signer,
  SigningError,
  type SigningFormat,
  signFile,
  signOnce,
  sniffFormat,
  type VerificationReport,
} from '../../signing/index.ts';
import { openLarge, writeLarge } from '../large/index.ts';
import { type FileOctets, isLargeFile } from '../store/index.ts';
import type { WorkerPki } from './crypto-worker.ts';
import { authorityBehind } from './port-authority.ts';
import { type SignerFacts, signerBehind } from './port-signer.ts';

/** Where the key is. */
export type KeySource =
  | { readonly kind: 'pkcs12'; readonly p12: string; readonly passFile: string }
  | { readonly kind: 'port'; readonly port: MessagePort; readonly facts: SignerFacts };

/** One signature to make. Plain data; `pdf` is copied to the thread. */
export interface SignTask {
  /** What is signed: a PDF, or with another `format` the file that goes with it. */
  readonly pdf: FileOctets;
  /** Folder the result of a large file is written to. */
  readonly tmpDir?: string;
  /** Default `pades`. */
  readonly format?: SigningFormat;
  /** Of XML signatures; default enveloped. */
  readonly placement?: 'enveloped' | 'enveloping' | 'edxml-header';
  /** Of signatures in a container; default xades. */
  readonly asicForm?: 'xades' | 'cades';
  /** Name of the file, as a container keeps it. */
  readonly name?: string;
  readonly key: KeySource;
  /** `CCCD:…` or `MST:…` the certificate must be for; absent: not asked. */
  readonly subjectId?: string;
  readonly trustDir: string;
  readonly pki: WorkerPki;
  readonly options: Omit<PdfSignOptions, 'signingTime'>;
  /** The time written into the signature, ms. */
  readonly signingTime: number;
  readonly now: number;
  /** Absent: level B. */
  readonly stamping?: Stamping;
}

/** The level wanted, and whom to ask for time-stamps. */
export interface Stamping {
  readonly level: SignatureLevel;
  readonly whenUnavailable: 'refuse' | 'lower';
  /** See `serveAuthority`. */
  readonly authority?: MessagePort;
}

/** What is kept with a signature (TT 15/2025/TT-BKHCN art. 5). */
export interface Signed<T extends FileOctets = FileOctets> {
  /** Octets for octets; a file of its own for a large file, which whoever takes it removes. */
  readonly pdf: T;
  /** Our own verifier's report on the file as it is released. */
  readonly report: VerificationReport;
  /** Chain, CRLs and OCSP answers the check before signing stood on. */
  readonly evidence: Evidence;
  /** The level reached, and the one wanted. */
  readonly level: SignatureLevel;
  readonly wantedLevel: SignatureLevel;
  /** SHA-256 of the signer's certificate, hex. */
  readonly signer: string;
  /** Code of why the level is lower; null when it is not. */
  readonly fault: string | null;
}

const signers = new Map<string, Promise<Signer & { close(): void }>>();

async function openFile(p12: string, passFile: string): Promise<Signer & { close(): void }> {
  const passphrase = (await readFile(passFile, 'utf8')).replace(/\r?\n$/, '');
  return openPkcs12(await readFile(p12), passphrase);
}

/** A key file is opened once per thread and kept as a key object. */
function signerOf(key: KeySource): Promise<Signer> {
  if (key.kind === 'port') return Promise.resolve(signerBehind(key.port, key.facts));
  let signer = signers.get(key.p12);
  if (signer === undefined) {
    signer = openFile(key.p12, key.passFile);
    signers.set(key.p12, signer);
    signer.catch(() => signers.delete(key.p12));
  }
  return signer;
}

/** What a page shows needs a page. @throws SigningError SIGNING_OPTION_INVALID */
function assertFits(task: SignTask, format: SigningFormat): void {
  if (format === 'pades' || (task.options.profile ?? 'plain') === 'plain') return;
  throw new SigningError('SIGNING_OPTION_INVALID', {
    details: { reason: `profile ${task.options.profile} goes with pades only` },
  });
}

/** What the check before signing may use. */
export type Trust = Omit<EvidenceOptions, 'now' | 'trust'> & { readonly trust: readonly Uint8Array[] };

/** Octets without the memory they were cut from: a view into a whole file would take the file along to another thread. */
function detached(evidence: Evidence): Evidence {
  const each = (items: readonly Uint8Array[]) => items.map((item) => Uint8Array.from(item));
  return {
    certificates: each(evidence.certificates),
    crls: each(evidence.crls),
    ocsps: each(evidence.ocsps),
  };
}

function nameOf({ name, format }: SignTask): string {
  return name ?? (format === 'xades' ? 'signed.xml' : 'signed.pdf');
}

/** The signature itself: the same for one task, whether it is made or only prepared. */
function formatOf(task: SignTask, bytes: Uint8Array, room: Uint8Array | undefined): FormatOptions {
  const { format = 'pades', placement, asicForm } = task;
  assertFits(task, format);
  return {
    format,
    signingTime: new Date(task.signingTime),
    // A container that is there gets another signature; anything else is put into a new one.
    addToContainer: format === 'asice' && sniffFormat(bytes) === 'ASIC-E',
    ...(placement === undefined ? {} : { placement }),
    ...(asicForm === undefined ? {} : { asicForm }),
    ...(format === 'pades' ? { pdf: { ...task.options, ...(room === undefined ? {} : { room }) } } : {}),
  };
}

/** Octets of a file for one piece of work, with the buffer they are the front of where it is a large one. */
export async function withOctets<T>(
  file: FileOctets,
  work: (bytes: Uint8Array, room?: Uint8Array) => Promise<T>,
): Promise<T> {
  if (!isLargeFile(file)) return work(file);
  const { bytes, room, close } = await openLarge(file);
  try {
    return await work(bytes, room);
  } finally {
    close();
  }
}

/**
 * Signs, and checks before and after (`signFile`).
 * @throws SigningError SIGNER_…, SIGNING_RESULT_UNSOUND, and those of `signPdf`, the authority and the key
 */
export function signChecked(task: SignTask, trust: Trust): Promise<Signed> {
  return withOctets(task.pdf, (bytes, room) => signOctets(task, trust, bytes, room));
}

async function signOctets(
  task: SignTask,
  trust: Trust,
  bytes: Uint8Array,
  room: Uint8Array | undefined,
): Promise<Signed> {
  const signer = await signerOf(task.key);
  const { level = 'B', whenUnavailable = 'refuse', authority } = task.stamping ?? {};
  const signed = await signFile([{ name: nameOf(task), bytes }], signer, {
    ...formatOf(task, bytes, room),
    level,
    whenUnavailable,
    now: new Date(task.now),
    evidence: trust,
    ...(task.subjectId === undefined ? {} : { expectedUids: [task.subjectId] }),
    ...(authority === undefined ? {} : { timestampAuthority: authorityBehind(authority) }),
  });
  return {
    pdf: isLargeFile(task.pdf) ? await writeLarge(task.tmpDir, signed.bytes) : signed.bytes,
    report: signed.verification,
    evidence: detached(signed.check.evidence),
    level: signed.level,
    wantedLevel: signed.wantedLevel,
    signer: createHash('sha256').update(signer.certificate).digest('hex'),
    fault: signed.fault?.code ?? null,
  };
}

const NO_AUTHORITY = {
  timestamp: (): Promise<Uint8Array> => Promise.reject(new SigningError('TSA_UNAVAILABLE')),
};

/**
 * Octets the key would be asked to sign, without asking it: what a holder authorises beforehand. Same task, same octets. Where a
 * task makes two signatures (a number, then the seal), those of the first.
 */
export async function dataToSign(task: SignTask): Promise<Uint8Array> {
  const asked: Uint8Array[] = [];
  const { facts } = task.key as Extract<KeySource, { kind: 'port' }>;
  const recorder: Signer = {
    ...facts,
    async sign(data) {
      asked.push(new Uint8Array(data));
      throw new SigningError('KEY_CLOSED');
    },
  };
  const isStamped = task.stamping !== undefined && task.stamping.level !== 'B';
  try {
    await withOctets(task.pdf, (bytes, room) =>
      // The hole in a PDF has room for a time-stamp: with another one other octets would be signed.
      signOnce(
        [{ name: nameOf(task), bytes }],
        recorder,
        formatOf(task, bytes, room),
        isStamped ? { timestampAuthority: NO_AUTHORITY } : {},
      ),
    );
  } catch (cause) {
    if (asked[0] === undefined) throw cause;
  }
  return asked[0] ?? new Uint8Array();
}
