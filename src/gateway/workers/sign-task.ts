/** Signing one PDF in a worker thread: the certificate is checked before, the result after, the evidence is kept. */
import { readFile } from 'node:fs/promises';
import type { MessagePort } from 'node:worker_threads';
import {
  assertMaySign,
  assertSubject,
  collectEvidence,
  type Evidence,
  type MaySignOptions,
  openPkcs12,
  type PdfSignOptions,
  type Signer,
  SigningError,
  signPdf,
  type VerificationReport,
  verifyFile,
} from '../../signing/index.ts';
import type { WorkerPki } from './crypto-worker.ts';
import { type SignerFacts, signerBehind } from './port-signer.ts';

/** Where the key is. */
export type KeySource =
  | { readonly kind: 'pkcs12'; readonly p12: string; readonly passFile: string }
  | { readonly kind: 'port'; readonly port: MessagePort; readonly facts: SignerFacts };

/** One signature to make. Plain data; `pdf` is copied to the thread. */
export interface SignTask {
  readonly pdf: Uint8Array;
  readonly key: KeySource;
  /** `CCCD:…` or `MST:…` the certificate must be for; absent: not asked. */
  readonly subjectId?: string;
  readonly trustDir: string;
  readonly pki: WorkerPki;
  readonly options: Omit<PdfSignOptions, 'signingTime'>;
  /** The time written into the signature, ms. */
  readonly signingTime: number;
  readonly now: number;
}

/** What is kept with a signature (TT 15/2025/TT-BKHCN art. 5). */
export interface Signed {
  readonly pdf: Uint8Array;
  /** Our own verifier's report on the file as it is released. */
  readonly report: VerificationReport;
  /** Chain, CRLs and OCSP answers the check before signing stood on. */
  readonly evidence: Evidence;
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

/** What the check before signing may use. */
export type Trust = Omit<MaySignOptions, 'at'> & { readonly trust: readonly Uint8Array[] };

/**
 * Signs, and checks before and after.
 * @throws SigningError SIGNER_…, SIGNING_RESULT_WRONG, and those of `signPdf` and the key
 */
export async function signChecked(task: SignTask, trust: Trust): Promise<Signed> {
  const signer = await signerOf(task.key);
  const now = new Date(task.now);
  if (task.subjectId !== undefined) assertSubject(signer.certificate, task.subjectId);
  // NĐ 23/2025/NĐ-CP art. 17: the certificate is checked before each signature, not once at the start.
  await assertMaySign(signer, { ...trust, at: now });
  const evidence = await collectEvidence(signer.certificate, 'signing', signer.chain, {
    ...trust,
    now,
    allowUnknownRevocation: true,
  });
  const pdf = await signPdf(task.pdf, signer, { ...task.options, signingTime: new Date(task.signingTime) });
  const report = await verifyFile(
    { name: 'signed.pdf', bytes: pdf },
    { ...trust, now, offline: trust.revocation === undefined },
  );
  const own = report.signatures.at(-1);
  if (own?.indication !== 'TOTAL-PASSED')
    throw new SigningError('SIGNING_RESULT_WRONG', {
      details: { reason: own?.subIndication ?? own?.indication ?? 'no signature in the result' },
    });
  return { pdf, report, evidence };
}

/** Octets the key would be asked to sign, without asking it: what a holder authorises beforehand. Same task, same octets. */
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
  try {
    await signPdf(task.pdf, recorder, { ...task.options, signingTime: new Date(task.signingTime) });
  } catch (cause) {
    if (asked[0] === undefined) throw cause;
  }
  return asked[0] ?? new Uint8Array();
}
