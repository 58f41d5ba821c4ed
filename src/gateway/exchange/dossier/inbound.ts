/** A dossier message another system hands in as it travels (schemas/dossier.xsd): checked, its signature verified, applied, passed on. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import {
  checkDossier,
  type DossierKind,
  type DossierMessage,
  PackageError,
  parseDossier,
} from '../../../packages/index.ts';
import type { VerificationReport } from '../../../signing/index.ts';
import {
  type DossierRow,
  findDossier,
  findUploads,
  insertVerifications,
  isToldOf,
  type PackageRow,
  type Queries,
  updateDossier,
} from '../../store/index.ts';
import type { Submitter } from '../accept.ts';
import { type Checked, reportRows, verdictEvent } from '../checks/verify.ts';
import { ExchangeError, type Fault } from '../errors.ts';
import type { Accepted } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { ACTS, type Act } from './acts.ts';
import { filesOf } from './body.ts';
import { invalid } from './keep.ts';
import { type Effect, keepAct, unknownDossier } from './send.ts';

/** Name under which the signature of the message itself is reported. */
export const MESSAGE_NAME = 'DossierMessage';

type Told = Exclude<DossierKind, 'dossier' | 'progress' | 'result'>;
const ACT_OF: Readonly<Record<Told, keyof typeof ACTS>> = {
  supplement: 'supplements',
  fee: 'fees',
  payment: 'payments',
  rating: 'ratings',
  'postal-order': 'postal-orders',
  question: 'questions',
};

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function fault(code: string, path: string, vi: string, en: string): Fault {
  return { code, path, vi, en };
}

/** @throws ExchangeError PACKAGE_INVALID with every fault of the message */
async function read(x: Exchange, bytes: Uint8Array): Promise<DossierMessage> {
  try {
    const { message, errors } = await parseDossier(bytes);
    const all = [...errors, ...checkDossier(message, { now: new Date(x.now()) }).errors];
    if (all.length > 0) throw invalid(all);
    return message;
  } catch (cause) {
    if (!(cause instanceof PackageError)) throw cause;
    throw invalid([{ code: cause.code, path: cause.details.path, vi: cause.vi, en: cause.en }]);
  }
}

/**
 * Takes a message in: a step, a result, a request for papers or payment, a payment, a rating, a postal order, a question.
 * @throws ExchangeError PACKAGE_INVALID (also: not signed where signatures are asked for, or a signature that does not pass),
 *   SENDER_NOT_ALLOWED, DOSSIER_UNKNOWN, DOSSIER_MOVE_NOT_ALLOWED, DOSSIER_ACT_NOT_ALLOWED, DOCUMENT_CONFLICT.
 */
export async function acceptDossierMessage(
  x: Exchange,
  bytes: Uint8Array,
  submitter: Submitter,
): Promise<Accepted> {
  const message = await read(x, bytes);
  const sender = message.from.agencyCode;
  if (!submitter.maySendFor(sender))
    throw new ExchangeError('SENDER_NOT_ALLOWED', {
      vi: `Không được gửi thay cho cơ quan ${sender}.`,
      en: `You may not send in the name of agency ${sender}.`,
    });
  const dossier = await findDossier(x.store.read, message.dossierCode);
  // Whoever was sent the dossier may speak about it, and nobody else learns that it exists.
  if (
    dossier === undefined ||
    (dossier.agency !== sender && !(await isToldOf(x.store.read, dossier.code, sender)))
  )
    throw unknownDossier(message.dossierCode);
  const effect = effectOf(x, message, dossier);
  await assertFilesAreHere(x, message, sender);
  const checked = [await verifyMessage(x, bytes), ...(await verifyResults(x, message))];
  const key = `${message.kind}|${message.dossierCode}|${sender}|${message.messageId}`;
  return keepAct(x, message, effect, {
    submitter,
    requestSha256: sha256Of(bytes),
    key,
    bytes,
    inbox: dossier.agency,
    events: checked.map(verdictEvent),
    also: (tx, pkg) => noteChecks(x, tx, pkg, message, checked),
  });
}

function effectOf(x: Exchange, message: DossierMessage, dossier: DossierRow): Effect {
  const by = { by: message.from.agencyCode };
  switch (message.kind) {
    case 'dossier':
      throw invalid([
        fault(
          'M.kind',
          'kind',
          'Hồ sơ mới được nộp qua POST /api/v1/dossiers.',
          'A new dossier goes to POST /api/v1/dossiers.',
        ),
      ]);
    case 'progress': {
      const [step, second] = message.body.steps;
      if (step === undefined || second !== undefined)
        throw invalid([
          fault('M.Progress.Step', 'Progress.Step', 'Mỗi bản tin một bước.', 'One step to a message.'),
        ]);
      return { to: step.state, news: by };
    }
    case 'result': {
      const { state, results = [] } = message.body;
      const withFile = results.filter((paper) => paper.file !== undefined).length;
      return {
        to: state,
        change: (current) => ({
          results: current.results + results.length,
          e_results: current.e_results + withFile,
        }),
        news: { ...by, papers: results.length },
      };
    }
    default: {
      const act = ACTS[ACT_OF[message.kind]] as unknown as Act<DossierKind, z.ZodType>;
      const request = { online: true, ...message.body };
      const effect = act.effect(request, { now: x.now(), dossier, fileOf: () => ({}) });
      return { ...effect, news: { ...by, ...effect.news } };
    }
  }
}

/** A digest names a file only for who uploaded it (`POST /api/v1/files`). */
async function assertFilesAreHere(x: Exchange, message: DossierMessage, sender: string): Promise<void> {
  const named = filesOf(message);
  const held = await findUploads(
    x.store.read,
    sender,
    named.map(({ sha256 }) => sha256),
  );
  const missing = named.filter(({ sha256 }) => !held.some((upload) => upload.sha256 === sha256));
  if (missing.length > 0)
    throw invalid(
      missing.map(({ name }) =>
        fault('N.File', 'File', `Chưa tải lên tệp "${name}".`, `The file "${name}" was not uploaded.`),
      ),
    );
}

async function verifyMessage(x: Exchange, bytes: Uint8Array): Promise<Checked> {
  const sha256 = sha256Of(bytes);
  const report = await x.verifier.verify('dossier.xml', Uint8Array.from(bytes));
  const { verdict } = report;
  const isRefused =
    verdict === 'NO-SIGNATURE' || verdict === 'INDETERMINATE'
      ? x.settings.dossierSignatures === 'required'
      : verdict !== 'TOTAL-PASSED' || !coversAll(report);
  if (isRefused)
    throw invalid([
      verdict === 'NO-SIGNATURE'
        ? fault(
            'N.Signature',
            'Signature',
            'Bản tin chưa được ký (XAdES).',
            'The message is not signed (XAdES).',
          )
        : fault(
            'M.Signature',
            'Signature',
            `Chữ ký của bản tin không được chấp nhận: ${verdict}.`,
            `The signature of the message is not accepted: ${verdict}.`,
          ),
    ]);
  return { name: MESSAGE_NAME, sha256, report, part: 'package' };
}

/** A signature over a part of the message says nothing about the rest. */
function coversAll(report: VerificationReport): boolean {
  return report.signatures.every((signature) => signature.coverage === 'whole-document');
}

/** As with results fetched from a ministry: only what passes goes on (NĐ 23/2025/NĐ-CP art. 17). */
async function verifyResults(x: Exchange, message: DossierMessage): Promise<Checked[]> {
  if (message.kind !== 'result') return [];
  const checked: Checked[] = [];
  for (const { name, sha256 } of filesOf(message)) {
    const report = await x.verifier.verify(name, await x.blobs.read(sha256));
    if (report.verdict !== 'TOTAL-PASSED')
      throw invalid([
        fault(
          'RESULT_NOT_VERIFIED',
          'Result.File',
          `Chữ ký trên kết quả "${name}" không được xác nhận: ${report.verdict}.`,
          `The signature on the result "${name}" is not confirmed: ${report.verdict}.`,
        ),
      ]);
    checked.push({ name, sha256, report });
  }
  return checked;
}

async function noteChecks(
  x: Exchange,
  tx: Queries,
  pkg: PackageRow,
  message: DossierMessage,
  checked: readonly Checked[],
): Promise<void> {
  await insertVerifications(tx, reportRows(pkg.id, checked, x.now()));
  const result = message.kind === 'result' ? checked.find(({ part }) => part !== 'package') : undefined;
  if (result?.report != null)
    await updateDossier(tx, message.dossierCode, {
      result_sha256: result.sha256,
      result_verdict: result.report.verdict,
      next_poll_at: null,
    });
}
