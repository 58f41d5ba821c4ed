/** One-stop dossiers handed in: received once, then every state, result and answer goes out as a package of its own. */
import type { z } from 'zod';
import {
  type DossierBody,
  type DossierKind,
  type DossierState,
  formatVietnamTime,
  isDossierCode,
} from '../../../packages/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { type DossierRow, findDossier, insertDossier, type Queries, tellNews } from '../../store/index.ts';
import type { Submitter } from '../accept.ts';
import { type DocumentFile, replayed } from '../document.ts';
import { ExchangeError } from '../errors.ts';
import type { Accepted } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { ACTS, type Act, type ActName } from './acts.ts';
import { defined, dossierBody, dossierRow, fileFinder, PORTAL_SYSTEM } from './body.ts';
import { withIssuedCode } from './issue.ts';
import { digest, type Idempotency, invalid, keepDossierPackage, withHeader } from './keep.ts';
import type { DossierMetadata, ProgressRequest, ResultRequest } from './requests.ts';
import { sendAct, sendProgress, sendResult, unknownDossier } from './send.ts';

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
  if (metadata.code !== undefined && !isDossierCode(metadata.code)) throw badCode(metadata.code);
  const now = x.now();
  const fileOf = await fileFinder(x, metadata.agency, metadata, files);
  const body: DossierBody = dossierBody(metadata, fileOf, agency?.name ?? metadata.agency, now);
  const systems = [PORTAL_SYSTEM, x.settings.procedureSystems[metadata.procedureCode] ?? ''].filter(
    (system) => x.counterparties.has(system),
  );

  async function keep(code: string, take?: (tx: Queries) => Promise<void>): Promise<Accepted> {
    const message = await withHeader(x, 'dossier', body, code, metadata.agency, agency?.name, systems);
    return keepDossierPackage(x, message, {
      submitter,
      requestSha256,
      systems,
      // An issued code is unique by its number: two dossiers alike, taken in by two processes at once, are still two.
      key: take === undefined ? `dossier|${code}` : `dossier|${code}|${message.messageId}`,
      ...(idempotency === undefined ? {} : { idempotency }),
      also: async (tx, pkg) => {
        await take?.(tx);
        if ((await findDossier(tx, code)) !== undefined) throw codeTaken(code);
        await insertDossier(tx, dossierRow(x, message, pkg, systems, now));
        await tellNews(
          tx,
          {
            agency: metadata.agency,
            code,
            type: 'dossier.accepted',
            data: { state: body.state, procedure: body.procedureCode },
          },
          now,
        );
      },
    });
  }

  const given = metadata.code ?? (await portalCode(x, metadata.procedureCode));
  const accepted =
    given === undefined
      ? await withIssuedCode(x, metadata.agency, keep)
      : await keep(given.trim().toUpperCase());
  return { ...accepted, code: accepted.documentId };
}

/** A code of the portal, where the operator leaves numbering to it; a number whose dossier is then refused is the portal's to miss. */
async function portalCode(x: Exchange, procedureCode: string): Promise<string | undefined> {
  if (x.settings.dossierCodes !== 'portal') return undefined;
  const code = await x.counterparties.get(PORTAL_SYSTEM)?.nextCode?.(procedureCode);
  if (code !== undefined && !isDossierCode(code)) throw badCode(code);
  return code;
}

/**
 * Holds a dossier against every rule of {@link acceptDossier} and writes nothing; files need not be there yet.
 * @throws ExchangeError PACKAGE_INVALID, SENDER_NOT_ALLOWED, DOCUMENT_CONFLICT.
 */
export async function assertDossierValid(
  x: Exchange,
  metadata: DossierMetadata,
  submitter: Submitter,
): Promise<void> {
  assertMaySend(submitter, metadata.agency);
  const { code } = metadata;
  if (code !== undefined && !isDossierCode(code)) throw badCode(code);
  if (code !== undefined && (await findDossier(x.store.read, code)) !== undefined) throw codeTaken(code);
  const now = x.now();
  const agency = (await findAgencies(x.store.read, [metadata.agency])).get(metadata.agency);
  const body = dossierBody(metadata, () => ({}), agency?.name ?? metadata.agency, now);
  // Any code of the agency does: the one it gets is not issued yet.
  const day = formatVietnamTime(new Date(now)).slice(2, 10).replaceAll('-', '');
  const trial = code ?? `${metadata.agency}-${day}-0001`;
  await withHeader(x, 'dossier', body, trial, metadata.agency, agency?.name, []);
}

function codeTaken(code: string): ExchangeError {
  return new ExchangeError('DOCUMENT_CONFLICT', {
    vi: `Hồ sơ ${code} đã có với nội dung khác; không ghi đè.`,
    en: `Dossier ${code} exists with other content; nothing was overwritten.`,
  });
}

function badCode(code: string): ExchangeError {
  return invalid([
    {
      code: 'M.code',
      path: 'code',
      vi: `Mã hồ sơ ${code} không đúng quy cách {mã cơ quan}-{yyMMdd}-{4 đến 7 chữ số}.`,
      en: `Dossier code ${code} is not {agency}-{yyMMdd}-{4 to 7 digits}.`,
    },
  ]);
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
    startedAt: request.startedAt === undefined ? undefined : formatVietnamTime(new Date(request.startedAt)),
    dueAt: request.dueAt === undefined ? undefined : formatVietnamTime(new Date(request.dueAt)),
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
  const fileOf = await fileFinder(x, dossier.agency, request, files);
  const papers = request.papers.map(({ file, ref, ...paper }) =>
    defined({ ...paper, ...fileOf({ file, ref }) }),
  );
  const facts = { state: request.state, note: request.note, returnInfo: request.returnInfo, papers };
  return sendResult(x, dossier, facts, {
    submitter,
    requestSha256: digest(['result', code, request, files.map((file) => file.sha256)]),
    ...(idempotency === undefined ? {} : { idempotency }),
  });
}

/** A request for papers or payment, a payment, a rating, a postal order, a question: see {@link ACTS}. */
export async function acceptAct(
  x: Exchange,
  code: string,
  name: ActName,
  request: unknown,
  files: readonly DocumentFile[],
  submitter: Submitter,
  idempotency?: Idempotency,
): Promise<Accepted> {
  const dossier = await ownDossier(x, code, submitter);
  const act = ACTS[name] as unknown as Act<DossierKind, z.ZodType>;
  const fileOf = await fileFinder(x, dossier.agency, request, files);
  const context = { now: x.now(), dossier, fileOf };
  const key = act.key?.(request);
  return sendAct(x, dossier, act.kind, act.body(request, context) as never, act.effect(request, context), {
    submitter,
    requestSha256: digest([name, code, request, files.map((file) => file.sha256)]),
    ...(key === undefined ? {} : { key: `${act.kind}|${code}|${key}` }),
    ...(idempotency === undefined ? {} : { idempotency }),
  });
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
