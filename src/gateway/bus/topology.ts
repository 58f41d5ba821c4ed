import { BusError } from './errors.ts';
import type { BusOptions, Envelope } from './ports.ts';

/** Where every package is published; topic, so that a ministry may bind its own queue beside ours. */
export const PACKAGES_EXCHANGE = 'lienthong.packages';
/** Alternate exchange of {@link PACKAGES_EXCHANGE}: gets what no queue takes. */
export const UNROUTED_EXCHANGE = 'lienthong.unrouted';
/** Keeps what no queue took, for a person to look at; the oldest leave when it is full. */
export const UNROUTED_QUEUE = 'unrouted';
/** 10,000 envelopes of at most 128 KiB stay under 1.3 GB even when every one of them is full. */
export const UNROUTED_MAX_MESSAGES = 10_000;
/**
 * Refuses everything (length 0, reject-publish), so that a publisher waiting for its confirm is told "no".
 * RabbitMQ counts a message caught by an alternate exchange as routed and sends no basic.return for it (ADR 012).
 */
export const REFUSING_QUEUE = 'unrouted.refused';
/** Fanout in front of {@link PARKED_QUEUE}: a fanout keeps the routing key, the default exchange would not. */
export const PARKED_EXCHANGE = 'lienthong.parked';
/** What a person must see. */
export const PARKED_QUEUE = 'parked';
/** QĐ 28/2018: urgent documents go at once and before others, hence a queue of their own. */
export const URGENCIES = ['urgent', 'normal'] as const;

/** `urgent` (khẩn, thượng khẩn, hỏa tốc) or `normal`. */
export type Urgency = (typeof URGENCIES)[number];

/** 10 s, 1 min, 5 min, 30 min, 2 h. */
export const DEFAULT_RUNGS_SECONDS: readonly number[] = [10, 60, 300, 1800, 7200];

const WORD = /^[A-Za-z0-9_-]{1,60}$/;
/** AMQP 0-9-1 §4.2.5.3: a short string, which a routing key is, has at most 255 bytes. */
const MAX_ROUTING_KEY = 255;

/** Limits and delays with defaults filled in. */
export interface BusSettings {
  rungs: readonly number[];
  maxAttempts: number;
  maxBodyBytes: number;
}

/** Fills in defaults and refuses (TypeError) values that can't work. */
export function settingsFrom(options: BusOptions): BusSettings {
  const rungs = options.retryRungsSeconds ?? DEFAULT_RUNGS_SECONDS;
  const ascending = rungs.every((value, index) => index === 0 || value > (rungs[index - 1] ?? 0));
  if (rungs.length === 0 || !ascending || !rungs.every((value) => value >= 0.001 && value <= 2_000_000)) {
    throw new TypeError('retryRungsSeconds must ascend, each between 0.001 and 2,000,000 seconds');
  }
  const maxAttempts = options.maxAttempts ?? 8;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1)
    throw new TypeError('maxAttempts must be at least 1');
  const maxBodyBytes = options.maxBodyBytes ?? 128 * 1024;
  if (!Number.isInteger(maxBodyBytes) || maxBodyBytes < 1)
    throw new TypeError('maxBodyBytes must be at least 1');
  return { rungs, maxAttempts, maxBodyBytes };
}

/** The queue a system reads for one urgency; TypeError for an id that can't be a routing-key word. */
export function systemQueue(system: string, urgency: Urgency): string {
  return `to.${assertWord(system, 'system')}.${urgency}`;
}

/** Every system queue with the pattern that binds it to {@link PACKAGES_EXCHANGE}. */
export function systemBindings(system: string): { queue: string; pattern: string }[] {
  return URGENCIES.map((urgency) => ({
    queue: systemQueue(system, urgency),
    pattern: `${system}.${urgency}.#`,
  }));
}

/** Builds a routing key; an agency code's dots become `_` since a dot separates words. TypeError for other odd characters. */
export function routingKeyFor(parts: {
  system: string;
  urgency: Urgency;
  agency: string;
  kind: string;
}): string {
  const agency = assertWord(parts.agency.replaceAll('.', '_'), 'agency');
  return `${assertWord(parts.system, 'system')}.${parts.urgency}.${agency}.${assertWord(parts.kind, 'kind')}`;
}

/** The queue a routing key leads to; TypeError unless it has the four words of the contract. */
export function queueForKey(routingKey: string): string {
  const words = routingKey.split('.');
  const [system, urgency] = words;
  const known = URGENCIES.find((value) => value === urgency);
  if (
    words.length !== 4 ||
    system === undefined ||
    known === undefined ||
    !words.every((w) => WORD.test(w))
  ) {
    throw new TypeError('routingKey must be <system>.<urgent|normal>.<agency>.<kind> of A-Z a-z 0-9 _ -');
  }
  if (routingKey.length > MAX_ROUTING_KEY) throw new TypeError('routingKey is over 255 bytes');
  return systemQueue(system, known);
}

/** The exchange and queue name of a rung. */
export function rungNames(seconds: number): { exchange: string; queue: string; ttlMs: number } {
  return {
    exchange: `lienthong.retry.${seconds}`,
    queue: `retry.${seconds}`,
    ttlMs: Math.max(1, Math.round(seconds * 1000)),
  };
}

/** The smallest rung not shorter than `delaySeconds`, or the longest there is; null for no delay. */
export function rungFor(delaySeconds: number | undefined, rungs: readonly number[]): number | null {
  if (delaySeconds === undefined || delaySeconds <= 0) return null;
  return rungs.find((rung) => rung >= delaySeconds) ?? rungs.at(-1) ?? null;
}

/** The rung after the given failed attempt (1 = first): later attempts wait longer, the last rung repeats. */
export function rungAfterAttempt(attempt: number, rungs: readonly number[]): number {
  return rungs[Math.min(Math.max(attempt, 1), rungs.length) - 1] ?? 0;
}

/** Checks an envelope before it goes anywhere: TypeError for the caller's mistakes, BUS_TOO_LARGE for the body. */
export function assertEnvelope(envelope: Envelope, maxBodyBytes: number): void {
  queueForKey(envelope.routingKey);
  if (envelope.messageId === '' || envelope.messageId.length > 255) {
    throw new TypeError('messageId must have 1 to 255 characters');
  }
  if (envelope.delaySeconds !== undefined && !Number.isFinite(envelope.delaySeconds)) {
    throw new TypeError('delaySeconds must be a finite number');
  }
  if (envelope.body.byteLength > maxBodyBytes) {
    throw new BusError('BUS_TOO_LARGE', {
      details: { sizeBytes: envelope.body.byteLength, limitBytes: maxBodyBytes },
    });
  }
}

function assertWord(word: string, what: string): string {
  if (!WORD.test(word)) throw new TypeError(`${what} must be 1 to 60 of A-Z a-z 0-9 _ -`);
  return word;
}
