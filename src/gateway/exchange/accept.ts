/** Accept: stream an edXML package to a durable blob while reading it, check it, then keep it in one transaction. */
import { createHash } from 'node:crypto';
import {
  agencyCodesOf,
  documentKey,
  type EdxmlDocument,
  type EdxmlMessage,
  type EdxmlStatus,
  judgeEdxml,
  PackageError,
  type ParsedEdxml,
  parseEdxml,
} from '../../packages/index.ts';
import { recentAgencies } from '../directory/index.ts';
import type { NewEvent } from '../evidence/index.ts';
import {
  type AgencyRow,
  type BlobWriter,
  type PackageRow,
  type Queries,
  StoreError,
} from '../store/index.ts';
import {
  type Collector,
  checkAtOnce,
  checkPackageAtOnce,
  collectFiles,
  type HeldFile,
} from './checks/at-once.ts';
import { keepForOthers, type SentAgain } from './checks/others.ts';
import { ExchangeError, type Fault } from './errors.ts';
import { type Accepted, answerKnown, keepPackage, type Plan } from './intake.ts';
import type { Turn } from './loops/turns.ts';
import type { Exchange } from './ports.ts';
import { type Reach, type Recipient, resolveRecipients } from './recipients.ts';
import { INBOX_SYSTEM, newDelivery, orderKey, urgencyOf } from './routing.ts';
import { answeredDocumentId } from './status/answered.ts';
import { assertAnswersItself } from './status/track.ts';

/** Who hands a package in. */
export interface Submitter {
  /** `api`, `vxp-server` or a counterparty's name. */
  readonly origin: string;
  /** Shown on the timeline: agency code or `system:<name>`. */
  readonly actor: string;
  /** Whether it may send in the name of this agency code; `agency` is its row of the directory, where it has been looked up and is there. */
  maySendFor(code: string, agency?: AgencyRow): boolean;
  /** Its packages are judged as those an axis delivers: what still can be delivered is, faults are told. Default: every rule counts. */
  readonly isLenient?: boolean;
}

/** Axes deliver what they have taken already: only what leaves no way to deliver it is refused. */
function isJudgedAsArrival(x: Reach, submitter: Pick<Submitter, 'origin' | 'isLenient'>): boolean {
  return submitter.isLenient === true || x.counterparties.has(submitter.origin);
}

/** A package that `buildEdxml` has just made: what it holds is known without reading it again. */
export interface BuiltPackage {
  readonly message: EdxmlMessage;
  /** Its files in their order, when all are small enough for memory. */
  readonly files: readonly HeldFile[] | null;
  /** Where it goes; both this and the message have been judged. */
  readonly recipients: readonly Recipient[];
}

export interface AcceptOptions {
  /** Says what `source` is, when this process built it. */
  readonly built?: BuiltPackage;
  readonly idempotency?: { readonly scope: string; readonly key: string };
  readonly inboxKey?: string;
  /** Digest of the request when it is not the package itself (documents and statuses built by us). */
  readonly requestSha256?: string;
  readonly events?: readonly NewEvent[];
  readonly correlates?: string;
  /** What has to be kept before this, and whom to tell that this is on its way. */
  readonly turn?: Turn;
  /** Called when all of the package has passed, before anything is kept; may refuse by throwing. */
  inspect?(message: EdxmlMessage): void;
  /** More writes of the transaction that keeps the package; may refuse by throwing. */
  also?(tx: Queries, pkg: PackageRow): Promise<void>;
}

/**
 * Takes in one edXML package, streamed: it is judged as it passes, and made durable only when nothing is wrong with it.
 * @throws ExchangeError PACKAGE_INVALID (every fault at once), PACKAGE_TOO_LARGE, SENDER_NOT_ALLOWED, RECIPIENT_UNKNOWN,
 * SYSTEM_UNKNOWN, HUB_LOOP, DOCUMENT_CONFLICT, IDEMPOTENCY_CONFLICT. Nothing is kept then.
 */
export async function acceptEdxml(
  x: Exchange,
  source: AsyncIterable<Uint8Array>,
  submitter: Submitter,
  options: AcceptOptions = {},
): Promise<Accepted> {
  const writer = await x.blobs.create(x.settings.maxPackageBytes);
  const collector = collectFiles(x.lanes.isOpen());
  try {
    const parsed = await read(source, writer, collector, options.built);
    const { message } = parsed;
    options.inspect?.(message);
    const warnings = options.built === undefined ? await judge(x, parsed, submitter) : [];
    const plan = await planFor(x, message, submitter, options.built?.recipients);
    const { correlates, inboxKey, idempotency, also } = options;
    const events = [...checkedEvents(x, submitter, warnings), ...(options.events ?? [])];
    // The disk and the verifier work at the same time.
    const checking = checkAtOnce(x, message, options.built?.files ?? collector.files());
    const blob = await writer.finish();
    const checked = await checkPackageAtOnce(x, message, blob, await checking);
    if (checked !== undefined) x.atPoint('C10');
    await options.turn?.reached;
    const requestSha256 = options.requestSha256 ?? blob.sha256;
    const keep = (what: Plan): Promise<Accepted> =>
      keepPackage(x, {
        ...what,
        requestSha256,
        payloadSha256: blob.sha256,
        size: blob.size,
        payload: { message, ...(blob.bytes === undefined ? {} : { bytes: blob.bytes }) },
        ...(checked === undefined ? {} : { checked }),
        ...(correlates === undefined ? {} : { correlates }),
        ...(events.length === 0 ? {} : { events }),
        ...(inboxKey === undefined ? {} : { inboxKey }),
        ...(idempotency === undefined ? {} : { idempotency }),
        ...(also === undefined ? {} : { also }),
      });
    const keeping = keep(plan);
    // Packages are kept in the order in which they were given to be kept.
    options.turn?.pass();
    if (message.kind !== 'document') return await keeping;
    const { sender } = plan;
    const again: SentAgain = {
      plan,
      recipients: async () => options.built?.recipients ?? resolveRecipients(x, message, submitter.origin),
      planTo: (some) => planDocument(x, message, sender, submitter, some),
      keep,
      know: (known) =>
        answerKnown(x, known, { requestSha256, ...(idempotency === undefined ? {} : { idempotency }) }),
    };
    return await keeping.catch((cause: unknown) => keepForOthers(x, again, cause));
  } catch (cause) {
    await writer.abort();
    throw asExchangeError(cause);
  } finally {
    collector.release();
  }
}

/** Writes the package out and says what is in it: by reading it, or at once when it was built here. */
async function read(
  source: AsyncIterable<Uint8Array>,
  writer: BlobWriter,
  collector: Collector,
  built: BuiltPackage | undefined,
): Promise<ParsedEdxml> {
  const copied = tee(source, writer);
  if (built === undefined) return parseEdxml(copied, { openAttachment: collector.open });
  for await (const _ of copied) {
    // Written out by the copying.
  }
  return { message: built.message, errors: [], warnings: [] };
}

async function* tee(source: AsyncIterable<Uint8Array>, writer: BlobWriter): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    await writer.write(chunk);
    yield chunk;
  }
}

/**
 * Judges what was read; codes the directory knows are agencies whatever their form. A package an axis delivers is refused
 * only for what leaves no way to deliver it: its sender believes it sent. @returns what else is wrong with it.
 */
async function judge(x: Exchange, parsed: ParsedEdxml, submitter: Submitter): Promise<readonly Fault[]> {
  const { errors, warnings } = await findFaults(x, parsed, submitter);
  if (errors.length > 0) throw invalidPackage(errors);
  return warnings;
}

/** What is wrong with a message by the rules and by the directory. */
export async function findFaults(
  x: Reach & Pick<Exchange, 'now'>,
  parsed: ParsedEdxml,
  submitter: Pick<Submitter, 'origin' | 'isLenient'>,
): Promise<{ errors: readonly Fault[]; warnings: readonly Fault[] }> {
  const known = await recentAgencies(x.store, agencyCodesOf(parsed.message));
  return judgeEdxml(parsed, {
    now: new Date(x.now()),
    isKnownAgency: (code) => (known.has(code) ? true : undefined),
    stage: isJudgedAsArrival(x, submitter) ? 'arrival' : 'sending',
  });
}

/** Warnings named on a timeline at most. */
const MAX_WARNINGS_TOLD = 20;

/** What was wrong with a package from an axis and yet passed on, for its timeline. */
function checkedEvents(x: Exchange, submitter: Submitter, warnings: readonly Fault[]): NewEvent[] {
  if (warnings.length === 0 || !isJudgedAsArrival(x, submitter)) return [];
  const told = warnings.slice(0, MAX_WARNINGS_TOLD).map(({ code, path, vi, en }) => ({ code, path, vi, en }));
  return [{ type: 'checked', actor: 'gateway', data: { warnings: told, total: warnings.length } }];
}

/**
 * The codes by which a submitter may be known who sends as `organId`: either generation of its agency's, which the directory knows
 * both; but none that is by now another agency's own, since after mergers one may stand for several.
 * @param exactly the code as written alone: a key is used for whoever holds this very code, not for who may have had it
 */
export async function senderNames(
  x: Pick<Exchange, 'store'>,
  organId: string,
  exactly = false,
): Promise<{ agency: AgencyRow | undefined; names: readonly string[] }> {
  const agency = (await recentAgencies(x.store, [organId])).get(organId);
  if (agency === undefined || exactly) return { agency, names: [organId] };
  const { code, other_code: other } = agency;
  const isOwn = other !== null && (await recentAgencies(x.store, [other])).get(other)?.code === code;
  return { agency, names: isOwn ? [organId, code, other] : [organId, code] };
}

/** @returns the sender's row in the directory. @throws ExchangeError SENDER_NOT_ALLOWED; see {@link senderNames} for `exactly` */
export async function assertMaySendFor(
  x: Pick<Exchange, 'store'>,
  submitter: Submitter,
  organId: string,
  exactly = false,
): Promise<AgencyRow | undefined> {
  const { agency, names } = await senderNames(x, organId, exactly);
  if (names.some((code) => submitter.maySendFor(code, agency))) return agency;
  throw new ExchangeError('SENDER_NOT_ALLOWED', {
    vi: `Không được gửi thay cho cơ quan ${organId}.`,
    en: `You may not send in the name of agency ${organId}.`,
  });
}

async function planFor(
  x: Exchange,
  message: EdxmlMessage,
  submitter: Submitter,
  recipients?: readonly Recipient[],
): Promise<Plan> {
  const { organId } = message.from;
  const agency = await assertMaySendFor(x, submitter, organId);
  const sender = agency?.code ?? organId;
  return message.kind === 'document'
    ? planDocument(x, message, sender, submitter, recipients)
    : planStatus(x, message, sender, submitter);
}

function asExchangeError(cause: unknown): unknown {
  if (cause instanceof StoreError && cause.code === 'BLOB_TOO_LARGE') {
    return new ExchangeError(
      'PACKAGE_TOO_LARGE',
      { vi: 'Gói tin lớn hơn giới hạn cho phép.', en: 'The package is larger than the limit.' },
      { cause },
    );
  }
  if (!(cause instanceof PackageError)) return cause;
  const { code, vi, en, details } = cause;
  return invalidPackage(
    [{ code, vi, en, path: details.path, line: details.line, column: details.column }],
    cause,
  );
}

function invalidPackage(faults: readonly Fault[], cause?: unknown): ExchangeError {
  const first = faults[0];
  return new ExchangeError(
    'PACKAGE_INVALID',
    { vi: `Gói tin không hợp lệ: ${first?.vi ?? ''}`, en: `The package is not valid: ${first?.en ?? ''}` },
    {
      cause,
      faults: faults.map(({ code, path, vi, en, line, column }) => ({ code, path, vi, en, line, column })),
    },
  );
}

async function planDocument(
  x: Exchange,
  message: EdxmlDocument,
  sender: string,
  submitter: Submitter,
  resolved?: readonly Recipient[],
): Promise<Plan> {
  const fromAxis = x.counterparties.has(submitter.origin);
  const centre = x.settings.centreCode.toUpperCase();
  if (fromAxis && message.traceHeaders.some(({ organId }) => organId.trim().toUpperCase() === centre)) {
    throw new ExchangeError('HUB_LOOP', {
      vi: 'Gói tin đã đi qua trung tâm này; không gửi vòng lại.',
      en: 'The package has already passed this centre; it is not sent round again.',
    });
  }
  const recipients = resolved ?? (await resolveRecipients(x, message, submitter.origin));
  const key = documentKey(message.from.organId, message.documentId, message.business.businessDocType);
  const priority = message.otherInfo?.priority ?? 0;
  const now = x.now();
  return {
    kind: 'document',
    sender,
    senderName: message.from.organName,
    origin: submitter.origin,
    actor: submitter.actor,
    documentId: message.documentId,
    // An axis may deliver what one of our own agencies sent out through another one: its own key space.
    documentKey: fromAxis ? `in:${submitter.origin}:${key}` : key,
    subject: message.subject,
    code: `${message.code.codeNumber}/${message.code.codeNotation}`,
    priority,
    urgency: urgencyOf(priority),
    metadata: message,
    deliveries: (pkg) =>
      recipients.map((to) =>
        newDelivery(pkg, to, orderKey(message.from.organId, to.code, message.documentId), now),
      ),
  };
}

/** A status goes to the sender of the document it answers. */
async function planStatus(
  x: Exchange,
  message: EdxmlStatus,
  sender: string,
  submitter: Submitter,
): Promise<Plan> {
  const answered = { organId: message.responseFor.organId ?? '', documentId: answeredDocumentId(message) };
  const target = (await recentAgencies(x.store, [answered.organId])).get(answered.organId);
  if (target === undefined) {
    const fault = { code: 'R.MessageHeader.ResponseFor.OrganId', path: 'responseFor.organId' };
    throw new ExchangeError(
      'RECIPIENT_UNKNOWN',
      {
        vi: `Không có cơ quan ${answered.organId} trong danh mục.`,
        en: `Agency ${answered.organId} is not in the directory.`,
      },
      { faults: [{ ...fault, vi: 'Không có trong danh mục.', en: 'Not in the directory.' }] },
    );
  }
  if (target.code === sender && !isJudgedAsArrival(x, submitter))
    await assertAnswersItself(x, message, target);
  const code = target.system === INBOX_SYSTEM ? target.code : answered.organId;
  const to = { code, name: target.name, system: target.system };
  const key = createHash('sha256').update(identityOf(message, answered)).digest('hex');
  const now = x.now();
  return {
    kind: 'status',
    sender,
    senderName: message.from.organName,
    origin: submitter.origin,
    actor: submitter.actor,
    documentId: answered.documentId,
    documentKey: x.counterparties.has(submitter.origin) ? `in:${submitter.origin}:${key}` : key,
    subject: message.description ?? '',
    code: message.statusCode,
    priority: 0,
    urgency: 'normal',
    metadata: message,
    deliveries: (pkg) =>
      target.system === submitter.origin
        ? []
        : [newDelivery(pkg, to, orderKey(message.from.organId, answered.organId, answered.documentId), now)],
  };
}

/**
 * What makes a status the same as one before: all it says. Clocks that write whole minutes give two assignments of one minute one time,
 * and whoever sends again may write the file anew.
 */
function identityOf(
  { from, statusCode, timestamp, description = '', staffInfo = {} }: EdxmlStatus,
  answered: { organId: string; documentId: string },
): string {
  const what = `status|${from.organId}|${answered.organId}|${answered.documentId}|${statusCode}|${timestamp}`;
  return `${what}|${JSON.stringify([description, staffInfo])}`;
}
