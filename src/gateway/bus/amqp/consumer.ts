import {
  carryOn,
  decide,
  type Incoming,
  type Outcome,
  REPLY_ID,
  REPLY_TO,
  SUBMITTED_BY,
  scalarHeaders,
} from '../delivery.ts';
import { BusError } from '../errors.ts';
import type { BusLogger, Envelope, Handler, ReplyTo } from '../ports.ts';
import type { BusSettings } from '../topology.ts';
import { PARKED_EXCHANGE, rungNames } from '../topology.ts';
import { createWaitGroup, type WaitGroup } from '../wait-group.ts';
import {
  type Channel,
  type ChannelModel,
  type ConsumeMessage,
  guardChannel,
  toBusError,
} from './connection.ts';
import { delayMs, within } from './timing.ts';

/** What one consumer needs. */
export interface ConsumerOptions {
  queue: string;
  handler: Handler;
  prefetch: number;
  settings: BusSettings;
  rpcTimeoutMs: number;
  random: () => number;
  logger?: BusLogger;
  /** The handlers of all consumers, for the bus's close. */
  handlers: WaitGroup;
  /** Our own account at the broker. */
  ownUser: string;
  /** The live consume connection, null while there is none. */
  model(): ChannelModel | null;
  publish(exchange: string, envelope: Envelope): Promise<void>;
}

/** One consumer on a channel of its own. */
export interface AmqpConsumer {
  /** Opens the channel; rejects with BUS_QUEUE_MISSING or BUS_UNAVAILABLE. */
  attach(model: ChannelModel): Promise<void>;
  /** As attach, but tries again by itself until it works or the connection is gone. */
  keepAttached(model: ChannelModel): void;
  cancel(): Promise<void>;
}

/** Consumes until cancelled, through channel closures, server-side cancellation (a null message) and reconnects. */
export function createConsumer(options: ConsumerOptions): AmqpConsumer {
  const own = createWaitGroup();
  const ended = new WeakSet<Channel>();
  let channel: Channel | null = null;
  let tag: string | null = null;
  let cancelled = false;
  let failures = 0;

  async function attach(model: ChannelModel): Promise<void> {
    const fresh = await within(options.rpcTimeoutMs, model.createChannel());
    guardChannel(fresh, (cause) => {
      ended.add(fresh);
      if (channel !== fresh) return;
      channel = null;
      if (!cancelled) reattach(model, cause);
    });
    try {
      await within(options.rpcTimeoutMs, fresh.prefetch(options.prefetch));
      const consume = fresh.consume(options.queue, (message) => receive(fresh, model, message));
      tag = (await within(options.rpcTimeoutMs, consume)).consumerTag;
    } catch (error) {
      fresh.close().catch(() => {});
      throw toBusError(error);
    }
    if (ended.has(fresh)) throw new BusError('BUS_UNAVAILABLE');
    channel = fresh;
    failures = 0;
    if (cancelled) await stop();
  }

  function keepAttached(model: ChannelModel): void {
    attach(model).catch((error: BusError) => {
      if (!cancelled) reattach(model, error);
    });
  }

  function reattach(model: ChannelModel, cause: unknown): void {
    if (options.model() !== null && options.model() !== model) return;
    options.logger?.warn(
      { queue: options.queue, code: toBusError(cause).code },
      'consumer lost, will come back',
    );
    failures += 1;
    setTimeout(
      () => {
        if (!cancelled && options.model() === model) keepAttached(model);
      },
      delayMs(failures, options.random),
    ).unref();
  }

  function receive(on: Channel, model: ChannelModel, message: ConsumeMessage | null): void {
    if (message === null) {
      // The server cancelled the consumer: its queue was deleted or its node left.
      if (channel === on) channel = null;
      on.close().catch(() => {});
      if (!cancelled) reattach(model, undefined);
      return;
    }
    const work = handle(on, message);
    own.add(work);
    options.handlers.add(work);
  }

  async function handle(on: Channel, message: ConsumeMessage): Promise<void> {
    const incoming = incomingFrom(options.queue, message, options.ownUser);
    const outcome = await decide(incoming, options.handler, options.settings, options.logger);
    if (await moved(incoming, outcome, () => ended.has(on))) acknowledge(on, message);
  }

  /** The copy is confirmed before the original is acknowledged: a crash in between makes a duplicate, never a loss. */
  async function moved(incoming: Incoming, outcome: Outcome, gone: () => boolean): Promise<boolean> {
    if (outcome.kind === 'done') return true;
    const exchange = outcome.kind === 'park' ? PARKED_EXCHANGE : rungNames(outcome.delaySeconds).exchange;
    for (let tries = 0; !gone(); tries += 1) {
      try {
        await options.publish(exchange, carryOn(incoming, outcome.headers));
        return true;
      } catch (error) {
        options.logger?.warn({ queue: options.queue, code: toBusError(error).code }, 'message not moved yet');
        await new Promise((resolve) => setTimeout(resolve, delayMs(tries, options.random)).unref());
      }
    }
    return false;
  }

  async function stop(): Promise<void> {
    const last = channel;
    channel = null;
    if (last !== null && tag !== null) {
      await within(options.rpcTimeoutMs, last.cancel(tag)).catch(() => {});
    }
    await own.idle();
    if (last === null) return;
    await within(options.rpcTimeoutMs, last.close()).catch(() => {});
  }

  return {
    attach,
    keepAttached,
    async cancel() {
      cancelled = true;
      await stop();
    },
  };
}

/** Acknowledging on a channel that ended throws; the broker hands the message out again, which the inbox absorbs. */
function acknowledge(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.ack(message);
  } catch {
    // Redelivered on the next channel.
  }
}

function incomingFrom(
  queue: string,
  { fields, properties, content }: ConsumeMessage,
  ownUser: string,
): Incoming {
  const { headers, ...origin } = readOrigin(properties, ownUser);
  return {
    queue,
    routingKey: fields.routingKey,
    messageId: typeof properties.messageId === 'string' ? properties.messageId : '',
    headers,
    contentType: typeof properties.contentType === 'string' ? properties.contentType : '',
    body: content,
    redelivered: fields.redelivered,
    ...origin,
  };
}

/**
 * Who published a message. One that we moved (to a rung, and back) says it in headers of ours, which count only under our own
 * account: the broker refuses a message that names another account than its publisher's.
 */
function readOrigin(
  properties: ConsumeMessage['properties'],
  ownUser: string,
): Pick<Incoming, 'headers' | 'submittedBy' | 'replyTo'> {
  const {
    [SUBMITTED_BY]: submittedBy,
    [REPLY_TO]: queue,
    [REPLY_ID]: id,
    ...headers
  } = scalarHeaders(properties.headers ?? {});
  const user: unknown = properties.userId;
  if (ownUser !== '' && user === ownUser) {
    const by = submittedBy === undefined ? null : String(submittedBy);
    return { headers, submittedBy: by, replyTo: replyTo(queue, id) };
  }
  return {
    headers,
    submittedBy: typeof user === 'string' ? user : '',
    replyTo: replyTo(properties.replyTo, properties.correlationId),
  };
}

function replyTo(queue: unknown, correlationId: unknown): ReplyTo | null {
  if (typeof queue !== 'string' || queue === '') return null;
  return { queue, correlationId: typeof correlationId === 'string' ? correlationId : '' };
}
