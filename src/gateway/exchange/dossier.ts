/** One-stop dossiers: received once, then every state, result and answer goes out as a package of its own. */
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  buildDossier,
  checkDossier,
  DOSSIER_STATES,
  type DossierBody,
  type DossierMessage,
  type DossierState,
  formatVietnamTime,
  isDossierCode,
  isDossierMoveAllowed,
} from '../../packages/index.ts';
import { findAgencies } from '../directory/index.ts';
import type { NewEvent } from '../evidence/index.ts';
import {
  type DossierRow,
  findDossier,
  insertDossier,
  nextValue,
  type PackageRow,
  type Queries,
  updateDossier,
} from '../store/index.ts';
import type { Submitter } from './accept.ts';
import { type DocumentFile, replayed } from './document.ts';
import { ExchangeError } from './errors.ts';
import { type Accepted, keepPackage } from './intake.ts';
import type { Exchange } from './ports.ts';
import { INBOX_SYSTEM, newDelivery } from './routing.ts';

const PORTAL_SYSTEM = 'national-portal';
const instant = z.iso.datetime({ offset: true });
const state = z.int().min(1).max(10).describe('TrangThaiHoSo 1–10');

/** Metadata of `POST /api/v1/dossiers`; components name the uploaded files. */
export const dossierMetadata = z.object({
  agency: z.string().max(35).describe('agency that received it'),
  code: z.string().max(60).optional().describe('mã hồ sơ; issued by the gateway when left out'),
  procedureCode: z.string().max(40),
  procedureName: z.string().min(1).max(500),
  fieldCode: z.string().min(1).max(50),
  fieldName: z.string().min(1).max(200),
  handlingUnit: z.string().max(200).optional().describe("default: the agency's name"),
  applicant: z.object({
    type: z.int().min(1).max(4).default(1),
    name: z.string().min(1).max(200),
    identities: z
      .array(z.object({ type: z.int().min(1).max(2), number: z.string().regex(/^\d{9}(\d{3})?$/) }))
      .max(2)
      .optional(),
    address: z.string().max(500).optional(),
    email: z.string().max(100).optional(),
    phone: z.string().max(20).optional(),
  }),
  summary: z.string().max(1000).optional(),
  channel: z.int().min(1).max(3).default(1),
  submissionForm: z.int().min(0).max(1).default(0),
  receivedAt: instant.optional(),
  dueAt: instant.optional(),
  form: z.record(z.string(), z.unknown()).optional().describe("the ministry's e-form, sent on in otherInfo"),
  components: z
    .array(
      z.object({
        name: z.string().min(1).max(2000),
        componentCode: z.string().max(50).optional(),
        file: z.string().max(200).optional(),
        digitised: z.boolean().optional(),
      }),
    )
    .max(100)
    .default([]),
  fees: z
    .array(
      z.object({
        code: z.string(),
        name: z.string(),
        collectedAt: z.union([z.literal(1), z.literal(2), z.literal(4)]),
        amountVnd: z.int().min(0),
        feeType: z.int().min(1).max(3).default(1),
      }),
    )
    .max(50)
    .optional(),
});
export type DossierMetadata = z.infer<typeof dossierMetadata>;

/** Body of `POST /api/v1/dossiers/{code}/progress`. */
export const progressRequest = z.object({
  state,
  handler: z.string().min(1).max(50),
  handlerTitle: z.string().max(100).optional(),
  department: z.string().max(200).optional(),
  content: z.string().min(1).max(1000),
  handledAt: instant.optional(),
});
export type ProgressRequest = z.infer<typeof progressRequest>;

/** Metadata of `POST /api/v1/dossiers/{code}/results`. */
export const resultRequest = z.object({
  state: z.union([z.literal(9), z.literal(10)]).default(9),
  note: z.string().max(1000).optional(),
  papers: z
    .array(
      z.object({
        name: z.string().min(1).max(2000),
        resultCode: z.string().max(50).optional(),
        paperNumber: z.string().max(100).optional(),
        file: z.string().max(200).optional(),
      }),
    )
    .min(1)
    .max(20),
});
export type ResultRequest = z.infer<typeof resultRequest>;

type Idempotency = { scope: string; key: string };

function fileRef(
  files: readonly DocumentFile[],
  name: string | undefined,
): { file?: { name: string; contentType: string; sizeBytes: number; sha256: string } } {
  if (name === undefined) return {};
  const found = files.find((file) => file.name === name);
  if (found === undefined) {
    throw new ExchangeError(
      'PACKAGE_INVALID',
      { vi: `Thiếu tệp "${name}".`, en: `The file "${name}" is missing.` },
      {
        faults: [
          {
            code: 'N.components.file',
            path: 'components',
            vi: `Thiếu tệp "${name}".`,
            en: `The file "${name}" is missing.`,
          },
        ],
      },
    );
  }
  return {
    file: { name: found.name, contentType: found.contentType, sizeBytes: found.size, sha256: found.sha256 },
  };
}

function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}

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
  const replay = idempotency === undefined ? null : await replayed(x, idempotency, requestSha256);
  if (replay !== null) return { ...replay, code: replay.documentId };
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
  return { ...accepted, code };
}

function dossierBody(
  metadata: DossierMetadata,
  files: readonly DocumentFile[],
  agencyName: string,
  now: number,
): DossierBody {
  return defined({
    procedureCode: metadata.procedureCode,
    procedureName: metadata.procedureName,
    fieldCode: metadata.fieldCode,
    fieldName: metadata.fieldName,
    applicant: defined({ ...metadata.applicant, documentNumber: metadata.applicant.identities?.[0]?.number }),
    summary: metadata.summary,
    channel: metadata.channel,
    submissionForm: metadata.submissionForm,
    submittedVia: 2,
    receivedAt: formatVietnamTime(new Date(metadata.receivedAt ?? now)),
    dueAt: metadata.dueAt === undefined ? undefined : formatVietnamTime(new Date(metadata.dueAt)),
    state: 2 as const,
    handlingUnit: metadata.handlingUnit ?? agencyName,
    otherInfo: metadata.form === undefined ? undefined : JSON.stringify(metadata.form),
    hasDigitisedComponents: metadata.components.some((component) => component.digitised === true),
    components: metadata.components.map((component) =>
      defined({
        name: component.name,
        componentCode: component.componentCode,
        digitised: component.digitised,
        ...fileRef(files, component.file),
      }),
    ),
    fees: metadata.fees,
  }) as DossierBody;
}

function dossierRow(
  x: Exchange,
  message: DossierMessage & { kind: 'dossier' },
  pkg: PackageRow,
  systems: readonly string[],
  now: number,
): DossierRow {
  const ministry = systems.find((system) => system !== PORTAL_SYSTEM) ?? null;
  return {
    code: message.dossierCode,
    agency: message.from.agencyCode,
    procedure_code: message.body.procedureCode,
    package_id: pkg.id,
    state: message.body.state,
    data_sealed: x.sealDossierData(message.dossierCode, message),
    portal_state: null,
    ministry_system: ministry,
    ministry_state: null,
    result_sha256: null,
    result_verdict: null,
    next_poll_at: ministry === null ? null : now,
    created_at: now,
    updated_at: now,
  };
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

interface SendOptions {
  readonly submitter: Submitter;
  readonly requestSha256: string;
  readonly idempotency?: Idempotency;
  readonly also?: (tx: Queries, pkg: PackageRow) => Promise<void>;
  readonly key?: string;
}

/** Sends one step to the portal and moves the dossier, in one transaction. */
export async function sendProgress(
  x: Exchange,
  dossier: DossierRow,
  step: { handler: string; content: string; state: DossierState; handledAt: string },
  options: SendOptions,
): Promise<Accepted> {
  const message = await withHeader(
    x,
    'progress',
    { steps: [step] },
    dossier.code,
    dossier.agency,
    undefined,
    [PORTAL_SYSTEM],
  );
  return keepDossierPackage(x, message, {
    ...options,
    systems: [PORTAL_SYSTEM].filter((system) => x.counterparties.has(system)),
    key: options.key ?? `progress|${dossier.code}|${options.idempotency?.key ?? message.messageId}`,
    also: async (tx, pkg) => {
      await moveDossier(tx, dossier.code, step.state, x.now());
      await options.also?.(tx, pkg);
    },
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

/** Sends a result to the portal and into the agency's inbox, and moves the dossier. */
export async function sendResult(
  x: Exchange,
  dossier: DossierRow,
  result: {
    state: DossierState;
    note?: string | undefined;
    papers: {
      name: string;
      paperNumber?: string;
      file?: { name: string; contentType: string; sizeBytes: number; sha256: string };
    }[];
  },
  options: SendOptions & { toInbox?: boolean },
): Promise<Accepted> {
  const body = defined({
    state: result.state,
    decidedAt: formatVietnamTime(new Date(x.now())),
    note: result.note,
    results: result.papers,
  });
  const message = await withHeader(x, 'result', body, dossier.code, dossier.agency, undefined, [
    PORTAL_SYSTEM,
  ]);
  return keepDossierPackage(x, message, {
    ...options,
    systems: [PORTAL_SYSTEM].filter((system) => x.counterparties.has(system)),
    key: options.key ?? `result|${dossier.code}|${options.idempotency?.key ?? message.messageId}`,
    also: async (tx, pkg) => {
      await moveDossier(tx, dossier.code, result.state, x.now());
      await options.also?.(tx, pkg);
    },
  });
}

/** The table of allowed moves decides between two systems that change one dossier at once; the loser is told why. */
async function moveDossier(tx: Queries, code: string, to: DossierState, now: number): Promise<void> {
  const current = await findDossier(tx, code);
  if (current === undefined) throw unknownDossier(code);
  if (!isDossierMoveAllowed(current.state, to)) {
    const from = DOSSIER_STATES[current.state as DossierState];
    throw new ExchangeError('DOSSIER_MOVE_NOT_ALLOWED', {
      vi: `Hồ sơ ${code} đang ở trạng thái "${from.vi}"; không thể chuyển sang "${DOSSIER_STATES[to].vi}".`,
      en: `Dossier ${code} is in state "${from.en}"; it may not move to "${DOSSIER_STATES[to].en}".`,
    });
  }
  await updateDossier(tx, code, { state: to, updated_at: now });
}

async function ownDossier(x: Exchange, code: string, submitter: Submitter): Promise<DossierRow> {
  const dossier = await findDossier(x.store.read, code);
  if (dossier === undefined || !submitter.maySendFor(dossier.agency)) throw unknownDossier(code);
  return dossier;
}

function unknownDossier(code: string): ExchangeError {
  return new ExchangeError('DOSSIER_UNKNOWN', {
    vi: `Không có hồ sơ ${code}.`,
    en: `There is no dossier ${code}.`,
  });
}

function assertMaySend(submitter: Submitter, agency: string): void {
  if (submitter.maySendFor(agency)) return;
  throw new ExchangeError('SENDER_NOT_ALLOWED', {
    vi: `Không được gửi thay cho cơ quan ${agency}.`,
    en: `You may not send in the name of agency ${agency}.`,
  });
}

function invalid(
  faults: readonly { code: string; path?: string | undefined; vi: string; en: string }[],
): ExchangeError {
  return new ExchangeError(
    'PACKAGE_INVALID',
    {
      vi: `Hồ sơ không hợp lệ: ${faults[0]?.vi ?? ''}`,
      en: `The dossier is not valid: ${faults[0]?.en ?? ''}`,
    },
    { faults },
  );
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

type MessageOf<K extends DossierMessage['kind']> = DossierMessage & { kind: K };

async function withHeader<K extends DossierMessage['kind']>(
  x: Exchange,
  kind: K,
  body: MessageOf<K>['body'],
  dossierCode: string,
  agency: string,
  agencyName: string | undefined,
  systems: readonly string[],
): Promise<MessageOf<K>> {
  const name = agencyName ?? (await findAgencies(x.store.read, [agency])).get(agency)?.name;
  const message = {
    kind,
    messageId: randomUUID(),
    from: defined({ agencyCode: agency, name }),
    to:
      systems.length === 0
        ? [{ agencyCode: agency }]
        : systems.map((system) => ({ agencyCode: SYSTEM_CODES[system] ?? agency, name: system })),
    createdAt: formatVietnamTime(new Date(x.now())),
    dossierCode,
    body,
  } as MessageOf<K>;
  const { errors } = checkDossier(message, { now: new Date(x.now()) });
  if (errors.length > 0) throw invalid(errors);
  return message;
}

/** Agency codes of systems that are no agency of a directory: the Government Office runs the portal, the MoJ the records. */
const SYSTEM_CODES: Readonly<Record<string, string>> = { [PORTAL_SYSTEM]: 'G22', 'judicial-records': 'G15' };

interface KeepOptions extends SendOptions {
  readonly systems: readonly string[];
  readonly key: string;
  readonly events?: readonly NewEvent[];
}

async function keepDossierPackage(
  x: Exchange,
  message: DossierMessage,
  options: KeepOptions,
): Promise<Accepted> {
  const xml = buildDossier(message);
  const blob = await x.blobs.put(xml);
  const now = x.now();
  const { kind, dossierCode, from } = message;
  return keepPackage(x, {
    kind,
    sender: from.agencyCode,
    senderName: from.name ?? from.agencyCode,
    origin: options.submitter.origin,
    actor: options.submitter.actor,
    documentId: dossierCode,
    documentKey: createHash('sha256').update(options.key).digest('hex'),
    requestSha256: options.requestSha256,
    payloadSha256: blob.sha256,
    size: blob.size,
    subject:
      kind === 'dossier'
        ? message.body.procedureName
        : DOSSIER_STATES[
            kind === 'progress'
              ? (message.body.steps[0]?.state ?? 4)
              : kind === 'result'
                ? message.body.state
                : 4
          ].vi,
    code: dossierCode,
    priority: 0,
    urgency: 'normal',
    metadata: { kind, files: filesOf(message) },
    dossierCode,
    deliveries: (pkg) => [
      ...options.systems.map((system) =>
        newDelivery(
          pkg,
          { code: SYSTEM_CODES[system] ?? system, name: system, system },
          `dossier:${dossierCode}`,
          now,
        ),
      ),
      ...(kind === 'result'
        ? [
            newDelivery(
              pkg,
              { code: from.agencyCode, name: from.name ?? from.agencyCode, system: INBOX_SYSTEM },
              `dossier:${dossierCode}`,
              now,
            ),
          ]
        : []),
    ],
    ...(options.idempotency === undefined ? {} : { idempotency: options.idempotency }),
    ...(options.events === undefined ? {} : { events: options.events }),
    ...(options.also === undefined ? {} : { also: options.also }),
  });
}

/** Names and digests of the files a message points to: what verification and download need, without personal data. */
function filesOf(
  message: DossierMessage,
): { name: string; sha256: string; sizeBytes: number; contentType: string }[] {
  if (message.kind === 'dossier')
    return (message.body.components ?? []).flatMap((component) => component.file ?? []);
  if (message.kind === 'result') return (message.body.results ?? []).flatMap((paper) => paper.file ?? []);
  return [];
}
