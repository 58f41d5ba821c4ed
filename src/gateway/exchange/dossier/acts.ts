/** Requests for papers and payment, payments, ratings, postal orders and questions: one table of what each does. */
import type { z } from 'zod';
import {
  type DossierBodies,
  type DossierKind,
  type DossierState,
  formatVietnamTime,
} from '../../../packages/index.ts';
import type { DossierRow } from '../../store/index.ts';
import { defined, type FileOf } from './body.ts';
import {
  feeRequest,
  paymentRequest,
  postalOrderRequest,
  questionRequest,
  ratingRequest,
  supplementRequest,
} from './requests.ts';
import type { Effect } from './send.ts';

/** Where postal orders go. */
export const POST_SYSTEM = 'vnpost';

/** What an act is made from. */
export interface ActContext {
  readonly now: number;
  readonly dossier: DossierRow;
  readonly fileOf: FileOf;
}

/** One kind of act: how a request becomes a message, what it does, and what makes a repeat the same one. */
export interface Act<K extends DossierKind, S extends z.ZodType> {
  readonly kind: K;
  readonly schema: S;
  /** Unique per dossier; undefined: every request is an act of its own. */
  key?(request: z.infer<S>): string;
  body(request: z.infer<S>, context: ActContext): DossierBodies[K];
  effect(request: z.infer<S>, context: ActContext): Effect;
}

function act<K extends DossierKind, S extends z.ZodType>(spec: Act<K, S>): Act<K, S> {
  return spec;
}

function time(instant: string | undefined, now: number): string {
  return formatVietnamTime(new Date(instant ?? now));
}

function maybeTime(instant: string | undefined): string | undefined {
  return instant === undefined ? undefined : formatVietnamTime(new Date(instant));
}

function sum(fees: readonly { amountVnd: number }[] | undefined): number {
  return (fees ?? []).reduce((total, fee) => total + fee.amountVnd, 0);
}

const supplement = act({
  kind: 'supplement',
  schema: supplementRequest,
  key: (request) => `${request.requestId}|${request.completed}`,
  body: (request, { now, dossier, fileOf }) =>
    defined({
      requestId: request.requestId,
      requestedBy: request.requestedBy,
      content: request.content,
      requestedAt: time(request.requestedAt, now),
      completed: request.completed,
      receivedBy: request.receivedBy,
      receivedInfo: request.receivedInfo,
      receivedAt: request.completed ? time(request.receivedAt, now) : undefined,
      previousDueAt: dossier.due_at === null ? undefined : formatVietnamTime(new Date(dossier.due_at)),
      newDueAt: maybeTime(request.newDueAt),
      papers: request.papers?.map(({ file, ref, ...paper }) =>
        defined({ ...paper, ...fileOf({ file, ref }) }),
      ),
      fees: request.fees,
    }) as DossierBodies['supplement'],
  effect: (request) => ({
    to: request.completed ? 4 : 5,
    change: (current) => ({
      ...(request.newDueAt === undefined ? {} : { due_at: Date.parse(request.newDueAt) }),
      fee_vnd: current.fee_vnd + sum(request.fees),
      components: current.components + (request.papers?.length ?? 0),
      digitised: current.digitised + (request.papers ?? []).filter((paper) => paper.file ?? paper.ref).length,
    }),
    news: { requestId: request.requestId, completed: request.completed },
  }),
});

const fee = act({
  kind: 'fee',
  schema: feeRequest,
  body: (request) => defined({ ...request, payBefore: maybeTime(request.payBefore) }) as DossierBodies['fee'],
  effect: (request) => ({
    to: 6,
    change: (current) => ({ fee_vnd: current.fee_vnd + sum(request.fees) }),
    news: { amountVnd: sum(request.fees) },
  }),
});

/** A payment moves a dossier on only when it waits for one; a repeat of its reference is the same payment. */
const payment = act({
  kind: 'payment',
  schema: paymentRequest,
  key: (request) => request.reference,
  body: ({ online: _online, ...request }) =>
    defined({ ...request, paidAt: time(request.paidAt, 0) }) as DossierBodies['payment'],
  effect: (request, { dossier }) => ({
    to: request.outcome === 1 && dossier.state === 6 ? (4 as DossierState) : undefined,
    change: (current) => {
      const signed =
        request.outcome === 1 ? request.amountVnd : request.outcome === 3 ? -request.amountVnd : 0;
      return {
        paid_vnd: Math.max(0, current.paid_vnd + signed),
        ...(request.outcome === 1 && request.online ? { paid_online: 1 } : {}),
      };
    },
    news: { outcome: request.outcome, amountVnd: request.amountVnd, reference: request.reference },
  }),
});

const RATED_AFTER: ReadonlySet<number> = new Set([3, 8, 9, 10]);

const rating = act({
  kind: 'rating',
  schema: ratingRequest,
  key: () => 'once',
  body: (request, { now }) =>
    defined({
      score: request.score,
      ratedAt: time(request.ratedAt, now),
      comment: request.comment,
    }) as DossierBodies['rating'],
  effect: (request) => ({
    allow: (current) =>
      RATED_AFTER.has(current.state)
        ? null
        : {
            vi: 'Chỉ đánh giá khi hồ sơ đã giải quyết xong, bị từ chối hoặc dừng xử lý.',
            en: 'A dossier is rated when it is finished, refused or stopped.',
          },
    change: () => ({ rating: request.score }),
    news: { score: request.score },
    systems: [],
  }),
});

const postalOrder = act({
  kind: 'postal-order',
  schema: postalOrderRequest,
  key: (request) => request.orderNumber,
  body: (request, { now }) =>
    defined({ ...request, orderedAt: time(undefined, now), state: 1 }) as DossierBodies['postal-order'],
  effect: (request) => ({
    news: { orderNumber: request.orderNumber, direction: request.direction },
    systems: [POST_SYSTEM],
  }),
});

const question = act({
  kind: 'question',
  schema: questionRequest,
  key: (request) => `${request.questionId}|${request.answer !== undefined}`,
  body: (request, { now }) =>
    defined({
      ...request,
      askedAt: time(request.askedAt, now),
      answeredAt: request.answer === undefined ? undefined : time(undefined, now),
    }) as DossierBodies['question'],
  effect: (request) => ({
    news: { questionId: request.questionId, answered: request.answer !== undefined },
    // The portal has no call that takes an answer: it reads answers from the ministry's own list.
    systems: [],
  }),
});

/** All of them by the last part of their address. */
export const ACTS = {
  supplements: supplement,
  fees: fee,
  payments: payment,
  ratings: rating,
  'postal-orders': postalOrder,
  questions: question,
} as const;

export type ActName = keyof typeof ACTS;
