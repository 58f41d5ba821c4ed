/** A document sent once more, to others than before. */
import type { PackageRow, Store } from '../../store/index.ts';
import { ExchangeError } from '../errors.ts';
import type { Accepted, Plan } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import type { Recipient } from '../recipients.ts';
import { GotMeanwhile, type Had, keyForOthers, whoHas } from './repeat.ts';

/** What is known of a document that could not be kept under its key. */
export interface SentAgain {
  readonly plan: Plan;
  /** All it names. */
  recipients(): Promise<readonly Recipient[]>;
  /** The plan of the same document for some of them. */
  planTo(recipients: readonly Recipient[]): Promise<Plan>;
  keep(plan: Plan): Promise<Accepted>;
  /** The answer where all of them have it, from `known`. */
  know(known: PackageRow): Promise<Accepted>;
}

/** Where a document came in, and how it is kept. */
export type KnownBy = Pick<Plan, 'origin' | 'sender' | 'documentId' | 'documentKey' | 'metadata'>;

/**
 * Who has a document that could not be kept under its key; null: it came with other content, or another way. What one of our own
 * senders has asked back from all who have it goes to nobody else: whoever sent the recall knows of it. An axis brings packages in any
 * order, so that what it asked back is kept, and asked back too.
 * @throws ExchangeError DOCUMENT_CONFLICT
 */
export async function findHolders(
  x: {
    readonly store: Pick<Store, 'read'>;
    readonly counterparties: Pick<Exchange['counterparties'], 'has'>;
  },
  known: KnownBy,
  recipients: readonly Recipient[],
): Promise<Had | null> {
  const { origin } = known;
  const fromAxis = x.counterparties.has(origin);
  const isSameWay = (row: PackageRow): boolean =>
    fromAxis ? row.origin === origin : !x.counterparties.has(row.origin);
  const had = await whoHas(x.store.read, { ...known, isSameWay }, recipients);
  if (had === null || fromAxis) return had;
  if (had.isGone || (had.without.length > 0 && had.isAskedBack)) throw askedBack(had.first);
  return had;
}

/**
 * Keeps a document that came the same way before, with the same content, for those of its recipients who have not got it yet; the
 * others do not get it twice.
 * @throws the cause, where the content is another one; ExchangeError DOCUMENT_CONFLICT as {@link findHolders}
 */
export async function keepForOthers(x: Exchange, again: SentAgain, cause: unknown): Promise<Accepted> {
  if (!(cause instanceof ExchangeError) || cause.code !== 'DOCUMENT_CONFLICT') throw cause;
  const { plan } = again;
  const recipients = await again.recipients();
  for (;;) {
    const had = await findHolders(x, plan, recipients);
    if (had === null) throw cause;
    const { first, known, without } = had;
    if (without.length === 0 && known !== undefined) return again.know(known);
    const further = await again.planTo(without);
    const documentKey = keyForOthers(plan.documentKey, without);
    try {
      return await again.keep({ ...further, documentKey, furtherOf: first.id });
    } catch (conflict) {
      if (!(conflict instanceof GotMeanwhile)) throw conflict;
    }
  }
}

function askedBack({ document_id: id }: PackageRow): ExchangeError {
  return new ExchangeError('DOCUMENT_CONFLICT', {
    vi: `Văn bản ${id} đã được thu hồi, hoặc đang được yêu cầu thu hồi, cập nhật hay thay thế, ở mọi nơi đã nhận; không gửi lại. Hãy gửi dưới dạng thay thế (BussinessDocType 3) hoặc với DocumentId khác.`,
    en: `Document ${id} was taken back, or asked back, updated or replaced, at all who have got it; it is not sent again. Send it as a replacement (BussinessDocType 3) or under another DocumentId.`,
  });
}
