/** Track: what a status says about a document sent before. */
import {
  BUSINESS_DOC_TYPES,
  documentKey,
  type EdxmlStatus,
  formatVietnamTime,
  isStatusMoveAllowed,
  isStatusNews,
  STATUS_CODES,
  type StatusCode,
} from '../../../packages/index.ts';
import { codesOf } from '../../directory/index.ts';
import { appendEvents, type NewEvent } from '../../evidence/index.ts';
import {
  type AgencyRow,
  type AnsweredDelivery,
  type DeliveryRow,
  type DocumentName,
  findDeliveryTo,
  lockHeads,
  type PackageRow,
  type Queries,
  recordAnswers,
  UNSENT_STATES,
  updateDelivery,
} from '../../store/index.ts';
import { ExchangeError } from '../errors.ts';
import type { Exchange } from '../ports.ts';
import { purposeOf } from '../recall/request.ts';
import { findAsked, isRecallAnswer, settleRecall } from '../recall/settle.ts';
import { answeredDocumentId, answeredNumber, findAnsweredDocuments } from './answered.ts';
import { refreshPackageState } from './package-state.ts';

const BUSINESS_TYPES = Object.keys(BUSINESS_DOC_TYPES).map(Number);

/**
 * The names the document of a status may bear.
 * @param senders all codes of the agency it answers
 * @param origins axes it may have come over, if it did not come from one of our own agencies
 */
export function documentNameOf(
  status: EdxmlStatus,
  senders: readonly string[],
  origins: readonly string[] = [],
): DocumentName {
  const documentId = answeredDocumentId(status);
  const keys = senders.flatMap((sender) =>
    BUSINESS_TYPES.map((type) => documentKey(sender, documentId, type)),
  );
  const brought = origins.flatMap((origin) => keys.map((key) => `in:${origin}:${key}`));
  return { senders, documentId, keys: [...keys, ...brought] };
}

/** What a status does to the delivery it answers, and what the document's timeline says of it. */
export interface StatusEffect {
  readonly answer: AnsweredDelivery;
  readonly events: readonly NewEvent[];
}

/** How a status was heard. */
interface Heard {
  /** The answer to a request of the sender, which may come at any time. */
  readonly isAsked?: boolean;
  /** Before its document came here (ms): it knows that one from elsewhere, so it is no receipt of it and gives nothing back. */
  readonly before?: number | undefined;
}

/** A late or repeated status is recorded, never lost, and does not move the state back. */
export function effectOf(
  delivery: DeliveryRow,
  status: EdxmlStatus,
  statusPackageId: string,
  { isAsked = false, before }: Heard = {},
): StatusEffect {
  const code = status.statusCode;
  const isNews = delivery.state !== 'withdrawn' && isStatusNews(delivery.business_status ?? undefined, code);
  const moves = isAsked || (isNews && (before === undefined || code !== '02'));
  const isReceipt =
    before === undefined && ['sent', 'sending', 'queued', 'retrying', 'parked'].includes(delivery.state);
  const about = { actor: status.from.organId, deliveryId: delivery.id };
  // The recipient's own word is the receipt: only now is it delivered (never from the axis' transport answer).
  const receipt: NewEvent[] = isReceipt
    ? [{ type: 'delivered', ...about, data: { by: `status ${code}` } }]
    : [];
  const data = {
    code,
    meaning: STATUS_CODES[code as StatusCode].vi,
    description: status.description ?? null,
    statedAt: status.timestamp,
    from: status.from.organId,
    statusPackageId,
    ...heardAt(before),
  };
  return {
    answer: {
      id: delivery.id,
      isReceipt,
      state: moves && code === '02' ? 'refused' : isReceipt ? 'delivered' : null,
      businessStatus: moves ? code : null,
    },
    events: [...receipt, { type: moves ? 'status-received' : 'status-late', ...about, data }],
  };
}

/** On a timeline: when it was heard, where that was before the document came. */
function heardAt(before: number | undefined): { heardAt?: string } {
  return before === undefined ? {} : { heardAt: formatVietnamTime(new Date(before)) };
}

/**
 * Writes a received status onto the timeline of the document it answers; `before` as of {@link effectOf}.
 * @returns the document's package id, or null when we never sent such a document.
 */
export async function applyStatus(
  x: Pick<Exchange, 'counterparties'>,
  tx: Queries,
  status: EdxmlStatus,
  statusPackage: Pick<PackageRow, 'id' | 'origin'>,
  now: number,
  before?: number,
): Promise<string | null> {
  const { counterparties } = x;
  // What our own agencies say about a document that an axis brought is noted on it otherwise.
  const origins = counterparties.has(statusPackage.origin) ? [...counterparties.keys()] : [];
  const name = documentNameOf(status, await codesOf(tx, status.responseFor.organId ?? ''), origins);
  const recipients = await codesOf(tx, status.from.organId);
  const code = status.statusCode;
  const documents = await findAnsweredDocuments(tx, name, answeredNumber(status));
  await lockHeads(
    tx,
    documents.map(({ id }) => id),
  );
  const answered = await findAnswered(tx, documents, recipients, code);
  if (answered === undefined) return null;
  const { document, delivery, asked } = answered;
  const { answer, events } = effectOf(delivery, status, statusPackage.id, {
    isAsked: asked.length > 0,
    before,
  });
  await appendEvents(tx, document.id, events, now);
  await recordAnswers(tx, [answer], now);
  if (isRecallAnswer(code)) await settleRecall(tx, asked, code, status.from.organId, now);
  await refreshPackageState(tx, document.id, now);
  return document.id;
}

/**
 * A status goes to whoever it names as the document's sender. One that names its own agency (as some systems do in every status)
 * would come back to that alone; a 13 is the sender's own word, and an agency may have sent to itself.
 * @throws ExchangeError PACKAGE_INVALID
 */
export async function assertAnswersItself(
  x: Pick<Exchange, 'store'>,
  status: EdxmlStatus,
  agency: AgencyRow,
): Promise<void> {
  if (status.statusCode === '13') return;
  const name = documentNameOf(status, await codesOf(x.store.read, agency.code));
  if ((await findAnsweredDocuments(x.store.read, name, answeredNumber(status))).length > 0) return;
  const text = {
    vi: `ResponseFor.OrganId phải là mã của cơ quan đã gửi văn bản, không phải mã của bên báo trạng thái (${agency.code}).`,
    en: `ResponseFor.OrganId has to be the agency that sent the document, not the one that reports on it (${agency.code}).`,
  };
  const fault = { code: 'M.MessageHeader.ResponseFor.OrganId', path: 'responseFor.organId', ...text };
  throw new ExchangeError('PACKAGE_INVALID', text, { faults: [fault] });
}

interface Answered {
  readonly document: PackageRow;
  readonly delivery: DeliveryRow;
  /** Deliveries whose recall this answers. */
  readonly asked: readonly DeliveryRow[];
}

/**
 * The document a status speaks of, and its delivery to who says it. A document and its updates and replacements may bear one
 * identifier, and an update may go to more recipients: it is the oldest one that waits for this answer or to which this is news, else
 * the oldest the recipient got.
 */
async function findAnswered(
  tx: Queries,
  documents: readonly PackageRow[],
  recipients: readonly string[],
  code: string,
): Promise<Answered | undefined> {
  const got: Answered[] = [];
  for (const document of documents) {
    const delivery = await findDeliveryTo(tx, document.id, recipients);
    if (delivery === undefined) continue;
    const asked = isRecallAnswer(code) ? await findAsked(tx, document.id, recipients) : [];
    got.push({ document, delivery, asked });
  }
  return (
    got.find(({ asked }) => asked.length > 0) ??
    got.find(
      ({ document, delivery: { state, business_status: known } }) =>
        purposeOf(document) !== 'recall' &&
        state !== 'withdrawn' &&
        !UNSENT_STATES.includes(state) &&
        isStatusNews(known ?? undefined, code),
    ) ??
    got[0]
  );
}

/**
 * Writes a status one of our own agencies sent onto the document it got from an axis, whichever way the status came in, where
 * {@link applyStatus} has not found that; `before` as of {@link effectOf}. @returns the document's package id, or null when no such document came here.
 */
export async function applyOwnAnswer(
  x: Pick<Exchange, 'counterparties'>,
  tx: Queries,
  status: EdxmlStatus,
  statusPackage: Pick<PackageRow, 'id' | 'origin' | 'correlates'>,
  now: number,
  before?: number,
): Promise<string | null> {
  const senders = await codesOf(tx, status.responseFor.organId ?? '');
  const recipients = await codesOf(tx, status.from.organId);
  const name = documentNameOf(status, senders, [...x.counterparties.keys()]);
  for (const document of await findAnsweredDocuments(tx, name, answeredNumber(status))) {
    if (!x.counterparties.has(document.origin)) continue;
    await lockHeads(tx, [document.id]);
    const delivery = await findDeliveryTo(tx, document.id, recipients);
    if (delivery === undefined) continue;
    // One that came since it was looked for by `applyStatus` is found by that now.
    const named = await applyStatus(x, tx, status, statusPackage, now, before);
    if (named !== null) return named;
    // Built by us from the inbox: noted in the transaction that accepted it.
    if (statusPackage.correlates !== document.id)
      await noteAnswer(tx, delivery, status.statusCode, status.from.organId, statusPackage.id, now, before);
    return document.id;
  }
  return null;
}

/** What a recipient of ours said about a document from an axis, on that document's own timeline. */
export async function noteAnswer(
  tx: Queries,
  delivery: DeliveryRow,
  code: string,
  actor: string,
  statusPackageId: string,
  now: number,
  before?: number,
): Promise<void> {
  const asked = isRecallAnswer(code) ? await findAsked(tx, delivery.package_id, [delivery.recipient]) : [];
  const meaning = STATUS_CODES[code as StatusCode]?.vi ?? '';
  const data = { code, meaning, statusPackageId, ...heardAt(before) };
  if (asked.length > 0 || isStatusMoveAllowed(delivery.business_status ?? undefined, code))
    await updateDelivery(tx, delivery.id, { business_status: code, updated_at: now });
  await appendEvents(
    tx,
    delivery.package_id,
    [{ type: 'status-sent', actor, deliveryId: delivery.id, data }],
    now,
  );
  if (isRecallAnswer(code)) await settleRecall(tx, asked, code, actor, now);
}
