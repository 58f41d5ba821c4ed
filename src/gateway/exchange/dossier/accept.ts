/** One-stop dossiers handed in: received once, then every state, result and answer goes out as a package of its own. */
import {
  type DossierBody,
  type DossierState,
  formatVietnamTime,
  isDossierCode,
} from '../../../packages/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { type DossierRow, findDossier, insertDossier, nextValue } from '../../store/index.ts';
import type { Submitter } from '../accept.ts';
import { type DocumentFile, replayed } from '../document.ts';
import { ExchangeError } from '../errors.ts';
import type { Accepted } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { defined, dossierBody, dossierRow, fileRef, PORTAL_SYSTEM } from './body.ts';
import { digest, type Idempotency, invalid, keepDossierPackage, withHeader } from './keep.ts';
import type { DossierMetadata, ProgressRequest, ResultRequest } from './requests.ts';
import { sendProgress, sendResult, unknownDossier } from './send.ts';

/** `{org}-{yyMMdd}-{seq}`, the day in Vietnam, the number running per agency and day (NĐ 61/2018; §2.4). */
async function issueCode(x: Exchange, agency: string): Promise<string> {
  const day = formatVietnamTime(new Date(x.now())).slice(2, 10).replaceAll('-', '');
  const number = await x.store.write((tx) => nextValue(tx, `dossier:${agency}:${day}`));
  return `${agency}-${day}-${String(number).padStart(4, '0')}`;
}

/**
 * Takes in a dossier and sends it to the portal and to the ministry in charge.
 * @throws ExchangeError PACKAGE_INVALID, SENDER_NOT_ALLOWED, DOCUMENT_CONFLICT, IDEMPOTENCY_CONFLICT.
 */
export async function acceptDossier(
  x: Exchange,
  metadata: DossierMetadata,
  files: readonly DocumentFile[],
  submitter: Submitter,
  idempotency?: Idempotency,
): Promise<Accepted & { code: string }> {
  const requestSha256 = digest([metadata, files.map((file) => [file.name, file.sha256])]);
  const before = await replayed(x, idempotency, requestSha256);
  if (before !== null) return { ...before, code: before.documentId };
  assertMaySend(submitter, metadata.agency);
  const agency = (await findAgencies(x.store.read, [metadata.agency])).get(metadata.agency);
  const now = x.now();
  const body: DossierBody = dossierBody(metadata, files, agency?.name ?? metadata.agency, now);
  const code = metadata.code ?? (await issueCode(x, metadata.agency));
  if (!isDossierCode(code))
    throw invalid([
      {
        code: 'M.code',
        path: 'code',
        vi: `Mã hồ sơ ${code} không đúng quy cách.`,
        en: `Dossier code ${code} is not well formed.`,
      },
    ]);
  const systems = [PORTAL_SYSTEM, x.settings.procedureSystems[metadata.procedureCode] ?? ''].filter(
    (system) => x.counterparties.has(system),
  );
  const message = await withHeader(x, 'dossier', body, code, metadata.agency, agency?.name, systems);
  const accepted = await keepDossierPackage(x, message, {
    submitter,
    requestSha256,
    systems,
    key: `dossier|${code}`,
    ...(idempotency === undefined ? {} : { idempotency }),
    also: (tx, pkg) => insertDossier(tx, dossierRow(x, message, pkg, systems, now)),
  });
  return { ...accepted, code: accepted.documentId };
}

/** A step of the work, told by the agency that handles the dossier. @throws ExchangeError DOSSIER_UNKNOWN, DOSSIER_MOVE_NOT_ALLOWED */
export async function acceptProgress(
  x: Exchange,
  code: string,
  request: ProgressRequest,
  submitter: Submitter,
  idempotency?: Idempotency,
): Promise<Accepted> {
  const dossier = await ownDossier(x, code, submitter);
  const handledAt = formatVietnamTime(new Date(request.handledAt ?? x.now()));
  const step = defined({
    handler: request.handler,
    handlerTitle: request.handlerTitle,
    department: request.department,
    content: request.content,
    state: request.state as DossierState,
    handledAt,
  });
  return sendProgress(x, dossier, step, {
    submitter,
    requestSha256: digest(['progress', code, request]),
    ...(idempotency === undefined ? {} : { idempotency }),
  });
}

/** The result of a dossier, with its files. */
export async function acceptResult(
  x: Exchange,
  code: string,
  request: ResultRequest,
  files: readonly DocumentFile[],
  submitter: Submitter,
  idempotency?: Idempotency,
): Promise<Accepted> {
  const dossier = await ownDossier(x, code, submitter);
  const papers = request.papers.map((paper) =>
    defined({
      name: paper.name,
      resultCode: paper.resultCode,
      paperNumber: paper.paperNumber,
      ...fileRef(files, paper.file),
    }),
  );
  return sendResult(
    x,
    dossier,
    { state: request.state, note: request.note, papers },
    {
      submitter,
      requestSha256: digest(['result', code, request, files.map((file) => file.sha256)]),
      ...(idempotency === undefined ? {} : { idempotency }),
    },
  );
}

async function ownDossier(x: Exchange, code: string, submitter: Submitter): Promise<DossierRow> {
  const dossier = await findDossier(x.store.read, code);
  if (dossier === undefined || !submitter.maySendFor(dossier.agency)) throw unknownDossier(code);
  return dossier;
}

function assertMaySend(submitter: Submitter, agency: string): void {
  if (submitter.maySendFor(agency)) return;
  throw new ExchangeError('SENDER_NOT_ALLOWED', {
    vi: `Không được gửi thay cho cơ quan ${agency}.`,
    en: `You may not send in the name of agency ${agency}.`,
  });
}
