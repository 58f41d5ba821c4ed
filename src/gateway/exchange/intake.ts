/** The durable moment: one transaction writes package, deliveries, timeline, outbox and the idempotent answer. */
import { insertEvents, type NewEvent } from '../evidence/index.ts';
import {
  type AnswerKey,
  answerName,
  createBatchers,
  enqueue,
  findAnswers,
  findPackagesByKeys,
  indexPackages,
  insertDeliveries,
  insertPackages,
  insertVerifications,
  isUniqueViolation,
  listDeliveriesOf,
  type NewDelivery,
  type Outcome,
  type PackageRow,
  type Queries,
  rememberAnswers,
  rememberKey,
  type StoredAnswer,
  together,
} from '../store/index.ts';
import { type Composed, composePackages } from './checks/compose.ts';
import { assertStillWithout, isSameDocument } from './checks/repeat.ts';
import { type Checked, reportRows } from './checks/verify.ts';
import { deliverDirect } from './delivery/deliver.ts';
import { ExchangeError } from './errors.ts';
import type { Exchange, Payload } from './ports.ts';
import { applyEarlierRequests, isRecallable } from './recall/request.ts';
import { applyEarlierStatuses, awaitLookers } from './status/early.ts';

/** A package ready to be kept; the blob is durable already. */
export interface Intake {
  readonly kind: string;
  readonly sender: string;
  readonly senderName: string;
  readonly origin: string;
  readonly actor: string;
  readonly documentId: string;
  readonly documentKey: string;
  readonly requestSha256: string;
  readonly payloadSha256: string;
  readonly size: number;
  readonly subject: string;
  readonly code: string;
  readonly priority: number;
  readonly urgency: string;
  readonly metadata: unknown;
  readonly correlates?: string | null;
  /** The package that brought the same document to its first recipients. */
  readonly furtherOf?: string;
  readonly dossierCode?: string | null;
  readonly events?: readonly NewEvent[];
  /** Remembered so that a repeated arrival from an axis is known. */
  readonly inboxKey?: string;
  readonly idempotency?: { readonly scope: string; readonly key: string };
  /** Verdicts on its files, when they are known already: then it is routed in the transaction that keeps it. */
  readonly checked?: readonly Checked[];
  /** The package in memory, for those who go on with it. */
  readonly payload?: Payload;
  deliveries(pkg: PackageRow): NewDelivery[];
  /** More writes of the same transaction. */
  also?(tx: Queries, pkg: PackageRow): Promise<void>;
}

/** Everything about a package except the blob it is kept in. */
export type Plan = Omit<Intake, 'requestSha256' | 'payloadSha256' | 'size'>;

/** What the sender is told. */
export interface Accepted {
  readonly packageId: string;
  readonly documentId: string;
  readonly state: string;
  /** True when this document was accepted before: nothing new was made. */
  readonly repeated: boolean;
}

/**
 * Keeps a package, or recognises it. Packages that come together are kept in one transaction; each is answered when that is durable.
 * @throws ExchangeError DOCUMENT_CONFLICT when the same document id came before with other bytes, IDEMPOTENCY_CONFLICT; GotMeanwhile
 * when a recipient of a package for further agencies has it.
 */
export async function keepPackage(x: Exchange, intake: Intake): Promise<Accepted> {
  try {
    return await keep(x, intake);
  } catch (cause) {
    // Two requests for the same at the same instant: the loser reads what the winner wrote.
    if (!isUniqueViolation(cause) && !(cause instanceof KeyTaken)) throw cause;
    const [before = null] = await findBefore(x.store.read, [intake]);
    if (before === null) throw cause;
    if (before instanceof ExchangeError) throw before;
    return before;
  }
}

/** Packages kept in one transaction. */
const BATCH = 64;
/** About what a commit costs. */
const GATHER_MS = 3;

const keep = createBatchers<Exchange, Intake, Accepted>((x) => ({
  limit: BATCH,
  parallel: 1,
  gatherMs: GATHER_MS,
  run: (batch) => keepTogether(x, batch),
}));

/** Thrown to undo a transaction: another request took the Idempotency-Key, or the batch has one document twice. */
class KeyTaken extends Error {}

async function keepTogether(x: Exchange, batch: readonly Intake[]): Promise<Outcome<Accepted>[]> {
  assertDistinct(batch);
  const now = x.now();
  const { kept, before } = await x.store.write(async (tx) => {
    const [before] = await together(findBefore(tx, batch), awaitLookers(tx, batch));
    const fresh = batch.filter((_, index) => before[index] === null);
    const kept = await composePackages(x, tx, fresh, now);
    await together(writeComposed(tx, kept, now), rememberAll(tx, batch, before, kept, now));
    // What is routed with its intake comes past here only; the rest past processPackage.
    const routed = kept.flatMap(({ row }) => (row.state === 'accepted' ? [] : row));
    for (const row of routed) await applyEarlierRequests(x, tx, row, now);
    await applyEarlierStatuses(x, tx, routed, now);
    return { kept, before };
  });
  x.atPoint('C4');
  for (const one of kept) tell(x, one);
  // Who waits for an answer gets it before anything is sent on.
  setImmediate(() => goOn(x, kept));
  const accepted = new Map(kept.map((one) => [one.intake, answerTo(one.row)]));
  return batch.map((intake, index) => {
    const known = before[index] ?? accepted.get(intake);
    if (known === undefined) return { error: new TypeError('a package was neither kept nor known') };
    return known instanceof ExchangeError ? { error: known } : { value: known };
  });
}

function assertDistinct(batch: readonly Intake[]): void {
  const named = batch.flatMap(({ idempotency }) =>
    idempotency === undefined ? [] : [answerName(idempotency)],
  );
  // Of one document for further agencies each has to see who has got it by the other.
  const further = batch.flatMap(({ furtherOf }) => furtherOf ?? []);
  for (const names of [batch.map(({ documentKey }) => documentKey), named, further])
    if (new Set(names).size < names.length) throw new KeyTaken();
}

async function writeComposed(tx: Queries, composed: readonly Composed[], now: number): Promise<void> {
  const all = <T>(part: (one: Composed) => readonly T[]): T[] => composed.flatMap(part);
  const rows = composed.map(({ row }) => row);
  const deliveries = all((one) => one.deliveries);
  // All the others refer to it.
  await insertPackages(tx, rows);
  for (const { row, deliveries } of composed)
    await assertStillWithout(
      tx,
      row,
      deliveries.map(({ recipient }) => recipient),
    );
  await together(
    insertDeliveries(tx, deliveries),
    insertEvents(
      tx,
      all(({ events }) => events),
    ),
    indexPackages(tx, rows, deliveries),
    insertVerifications(
      tx,
      all(({ row, intake }) => reportRows(row.id, intake.checked ?? [], now)),
    ),
    enqueue(
      tx,
      all(({ messages }) => messages),
      now,
    ),
  );
  for (const { intake, row } of composed) {
    if (intake.inboxKey !== undefined) await rememberKey(tx, intake.inboxKey, row.id, now);
    await intake.also?.(tx, row);
  }
}

function tell(x: Exchange, { intake, row }: Composed): void {
  x.metrics.accepted(intake.kind, intake.origin);
  x.log.info(
    { packageId: row.id, kind: intake.kind, origin: intake.origin, size: intake.size },
    'package accepted',
  );
  for (const item of intake.checked ?? []) x.metrics.verdict(item.report?.verdict ?? 'SKIPPED');
}

/** What was leased for this process goes out from here, and its statuses take effect; the rest is announced. */
function goOn(x: Exchange, composed: readonly Composed[]): void {
  for (const { direct, row, intake, goesOnHere } of composed) {
    for (const delivery of direct) void deliverDirect(x, delivery, row, intake.payload ?? {});
    // A package without a signature has no verdict, and need not be read again for one.
    const message = intake.payload?.message;
    const isUnsigned = message !== undefined && message.signatureXml === undefined;
    if (goesOnHere) x.processHere(row, isUnsigned ? [] : undefined);
  }
  if (composed.some(({ messages }) => messages.length > 0)) x.wakeRelay();
}

function answerTo(row: PackageRow): Accepted {
  return { packageId: row.id, documentId: row.document_id, state: row.state, repeated: false };
}

/** For each intake the answer given before, or the refusal it gets for coming with other content; null when it is new. */
async function findBefore(
  tx: Queries,
  batch: readonly Intake[],
): Promise<(Accepted | ExchangeError | null)[]> {
  const keys = batch.flatMap(({ idempotency }) => (idempotency === undefined ? [] : [idempotency]));
  const [answers, known] = await together(
    findAnswers(tx, keys),
    findPackagesByKeys(
      tx,
      batch.map((intake) => intake.documentKey),
    ),
  );
  const holders = await holdersOf(tx, [...known.values()]);
  return batch.map((intake) => {
    const answer = intake.idempotency && answers.get(answerName(intake.idempotency));
    const found = known.get(intake.documentKey);
    const row = found === undefined ? undefined : asSeenBy(intake, found, holders);
    try {
      if (answer !== undefined) return replay(answer, intake.requestSha256);
      return row === undefined ? null : recognise(row, intake);
    } catch (cause) {
      if (cause instanceof ExchangeError) return cause;
      throw cause;
    }
  });
}

/** Who has, or is to get, each of `packages`. */
async function holdersOf(tx: Queries, packages: readonly PackageRow[]): Promise<ReadonlySet<string>> {
  if (packages.length === 0) return new Set();
  const deliveries = await listDeliveriesOf(
    tx,
    packages.map(({ id }) => id),
  );
  return new Set(
    deliveries.flatMap(({ package_id, recipient, state }) =>
      state === 'withdrawn' ? [] : [`${package_id} ${recipient}`],
    ),
  );
}

/** A document that is sent again to nobody but such as gave it back is taken back, as far as this sending goes. */
function asSeenBy(intake: Intake, row: PackageRow, holders: ReadonlySet<string>): PackageRow {
  const to = intake.kind === 'document' ? intake.deliveries(row).map(({ recipient }) => recipient) : [];
  const isGone = to.length > 0 && to.every((recipient) => !holders.has(`${row.id} ${recipient}`));
  return isGone && isRecallable(row) ? { ...row, state: 'withdrawn' } : row;
}

/** The key stands for another request already. */
export function idempotencyConflict(): ExchangeError {
  return new ExchangeError('IDEMPOTENCY_CONFLICT', {
    vi: 'Idempotency-Key này đã dùng cho một yêu cầu có nội dung khác.',
    en: 'This Idempotency-Key was used for a request with other content.',
  });
}

/** What was answered under a key. @throws ExchangeError IDEMPOTENCY_CONFLICT when the key was used for something else. */
export function replay(answer: StoredAnswer, requestSha256: string): Accepted {
  if (answer.requestSha256 !== requestSha256) throw idempotencyConflict();
  return { ...(JSON.parse(answer.response) as Accepted), repeated: true };
}

/** Keeps the answers under their keys. @throws KeyTaken when another request holds one of a package that is new. */
async function rememberAll(
  tx: Queries,
  batch: readonly Intake[],
  before: readonly (Accepted | ExchangeError | null)[],
  kept: readonly Composed[],
  now: number,
): Promise<void> {
  const repeats = batch.flatMap((intake, index) => {
    const known = before[index] ?? null;
    return known === null || known instanceof ExchangeError ? [] : storedAnswer(intake, known);
  });
  await rememberAnswers(tx, repeats, now);
  const fresh = kept.flatMap(({ intake, row }) => storedAnswer(intake, answerTo(row)));
  if ((await rememberAnswers(tx, fresh, now)) < fresh.length) throw new KeyTaken();
}

type Asked = Pick<Intake, 'requestSha256' | 'idempotency'>;

/** The answer to a document that all of its recipients have from packages kept before; `known` is one of them. @throws as {@link recognise} */
export async function answerKnown(x: Exchange, known: PackageRow, asked: Asked): Promise<Accepted> {
  const answer = recognise(known, { requestSha256: known.request_sha256 });
  const stored = storedAnswer(asked, answer);
  if (stored.length > 0) await x.store.write((tx) => rememberAnswers(tx, stored, x.now()));
  return answer;
}

/** The answer as it is kept under the intake's key; nothing without a key. */
function storedAnswer(intake: Asked, answer: Accepted): (AnswerKey & StoredAnswer)[] {
  if (intake.idempotency === undefined) return [];
  return [
    {
      ...intake.idempotency,
      requestSha256: intake.requestSha256,
      status: 202,
      response: JSON.stringify(answer),
      location: `/api/v1/packages/${answer.packageId}`,
    },
  ];
}

/**
 * The answer to a package kept before. The key of a status tells all it says: other bytes are the same words written anew, and so
 * they may be of a document.
 * @throws ExchangeError DOCUMENT_CONFLICT when a document had other content, or was taken back.
 */
export function recognise(
  known: PackageRow,
  again: Pick<Intake, 'requestSha256'> & Partial<Pick<Intake, 'kind' | 'metadata'>>,
): Accepted {
  const { requestSha256, kind = '', metadata } = again;
  const isSame = known.request_sha256 === requestSha256 || isSameDocument(known, { kind, metadata });
  // Taken back from all its recipients: it would be answered as known and reach nobody.
  if (isSame && known.state === 'withdrawn' && isRecallable(known)) {
    throw new ExchangeError('DOCUMENT_CONFLICT', {
      vi: `Văn bản ${known.document_id} đã được thu hồi; gửi lại đúng văn bản ấy thì không đến ai. Hãy gửi dưới dạng thay thế (BussinessDocType 3) hoặc với DocumentId khác.`,
      en: `Document ${known.document_id} was taken back; sent again as it was it would reach nobody. Send it as a replacement (BussinessDocType 3) or under another DocumentId.`,
    });
  }
  if (!isSame && known.kind !== 'status') {
    throw new ExchangeError('DOCUMENT_CONFLICT', {
      vi: `Văn bản ${known.document_id} đã được tiếp nhận với nội dung khác; không ghi đè. Nếu cần sửa, hãy gửi bản cập nhật hoặc thay thế.`,
      en: `Document ${known.document_id} was accepted before with other content; nothing was overwritten. To change it, send an update or a replacement.`,
    });
  }
  return { packageId: known.id, documentId: known.document_id, state: known.state, repeated: true };
}
