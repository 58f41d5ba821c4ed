/** A message on its way to a system: what the broker carries, never the state of a document. */
export interface Envelope {
  /** `<system>.<urgency>.<agency>.<kind>`; dots inside an agency code are written `_` (see {@link routingKeyFor}). */
  routingKey: string;
  /** Identifies the message for deduplication at the receiver; kept unchanged by every retry. */
  messageId: string;
  /** `package-id`, `correlation-id`, `from`, `to`, `kind`, `sha256`, `attempt` (1 when absent). */
  headers: Record<string, string | number>;
  /** `application/xml` for a package up to 64 KiB, `application/vnd.lienthong.claim+json` for a claim check. */
  contentType: string;
  body: Uint8Array;
  /** Deliver no sooner than this many seconds from now, rounded up to a rung of the retry ladder; 0 or absent: at once. */
  delaySeconds?: number;
}

/** A message as its handler sees it. */
export interface Received {
  queue: string;
  routingKey: string;
  /** Empty when an outside publisher left it out. */
  messageId: string;
  /** Scalar headers only: tables and arrays (`x-death`) are left out. */
  headers: Record<string, string | number>;
  /** Empty when an outside publisher left it out. */
  contentType: string;
  body: Uint8Array;
  /** 1 on the first delivery, one more each time a handler failed. A crash of the consumer does not raise it. */
  attempt: number;
  /** True when the broker has handed this very copy out before, so its effect may exist already. */
  redelivered: boolean;
  /**
   * The broker account that published it, which the broker vouches for; empty when its publisher did not name itself
   * (`user-id`), null for what a process of ours published.
   */
  submittedBy: string | null;
  /** Where its publisher waits for an answer, null when it does not. */
  replyTo: ReplyTo | null;
  /** Asks that the message be set aside in `parked` instead of acknowledged; `reason` is a code, without personal data. */
  park(reason: string): void;
}

/** A queue of the publisher's own, and what it knows the answer by. */
export interface ReplyTo {
  queue: string;
  correlationId: string;
}

/** Takes one message; resolving acknowledges it, rejecting sends it down the retry ladder. */
export type Handler = (message: Received) => Promise<void>;

/** One consumer on one queue; it comes back by itself after the broker did. */
export interface Subscription {
  readonly queue: string;
  /** Takes no further message, then waits for the handlers at work. */
  cancel(): Promise<void>;
}

/** What health pages and metrics show of the bus. */
export interface BusState {
  kind: 'amqp' | 'embedded';
  /** True when both publishing and consuming can work. */
  connected: boolean;
  /** The broker's own words while it refuses publishes (disk or memory alarm), else null. */
  blocked: string | null;
  /** When `connected` or `blocked` last changed. */
  since: Date;
  /** Publishes without an answer yet plus handlers at work. */
  inFlight: number;
}

/** Messages ready or unacknowledged is not told apart by AMQP: `messages` counts those ready for delivery. */
export interface QueueDepth {
  messages: number;
  consumers: number;
}

/** The port through which the gateway moves work; the store stays the truth about what is done. */
export interface MessageBus {
  /**
   * Resolves only when the broker has the message on disk in a queue.
   * Rejects with BusError: BUS_UNROUTABLE, BUS_CONFIRM_TIMEOUT, BUS_UNAVAILABLE, BUS_BLOCKED, BUS_CLOSED, BUS_TOO_LARGE.
   * After BUS_CONFIRM_TIMEOUT and BUS_UNAVAILABLE the message may have arrived: publishing it again can make a duplicate.
   */
  publish(envelope: Envelope): Promise<void>;
  /** Answers an outside publisher (`application/json`); false when its queue is gone. Rejects as {@link publish} does otherwise. */
  reply(to: ReplyTo, body: Uint8Array): Promise<boolean>;
  /**
   * Hands out the messages of `queue`, at most `prefetch` at a time, each acknowledged after its handler resolved.
   * A failed handler's message goes down the retry ladder with `attempt` + 1, and to `parked` after the last attempt.
   * Rejects with BUS_QUEUE_MISSING, BUS_UNAVAILABLE or BUS_CLOSED.
   */
  consume(queue: string, handler: Handler, options: { prefetch: number }): Promise<Subscription>;
  /** Declares exchanges, the retry ladder and `to.<system>.<urgency>` queues. Repeating it changes nothing. */
  ensureSystems(systems: string[]): Promise<void>;
  state(): BusState;
  /** Calls `listener` at every change of `connected` or `blocked`; returns the function that stops that. */
  onState(listener: (state: BusState) => void): () => void;
  /** Null when there is no such queue. Rejects with BUS_UNAVAILABLE when the broker can't be asked. */
  depth(queue: string): Promise<QueueDepth | null>;
  /** Stops consuming, waits up to `timeoutMs` (default 10,000) for handlers and confirms, then closes. Never hangs. */
  close(options?: { timeoutMs?: number }): Promise<void>;
}

/** The part of a pino logger the bus uses. */
export interface BusLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What both buses let their owner set. */
export interface BusOptions {
  /** Delays of the retry ladder, ascending, in seconds; fractions down to a millisecond are for tests. Default 10, 60, 300, 1800, 7200. */
  retryRungsSeconds?: readonly number[];
  /** How often a message is tried before it is parked. Default 8. */
  maxAttempts?: number;
  /** Largest body accepted by publish, in bytes. Default 128 KiB: a 64 KiB package and room for a claim check. */
  maxBodyBytes?: number;
  logger?: BusLogger;
}
