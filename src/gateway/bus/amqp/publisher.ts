import { BusError } from '../errors.ts';
import type { Envelope } from '../ports.ts';
import { type ChannelModel, type ConfirmChannel, guardChannel, toBusError } from './connection.ts';
import { within } from './timing.ts';

/** Limits of the confirm channel. */
export interface PublisherOptions {
  /** Publishes without a confirm at one time. */
  window: number;
  /** Publishes waiting for a place in the window before more are refused. */
  maxWaiting: number;
  confirmTimeoutMs: number;
  rpcTimeoutMs: number;
  blocked(): string | null;
  /** Our account, which each message names; empty: none is named. */
  ownUser: string;
  /** Called when the broker went silent, or closed the channel but not the connection. */
  silent(reason: string): void;
}

/** An envelope, or an answer, whose routing key is a queue's name. */
export type Sendable = Envelope & { readonly correlationId?: string };

interface Pending {
  exchange: string;
  envelope: Sendable;
  returned: boolean;
  settle(error: BusError | null): void;
}

/** Publishes with `mandatory` and waits for the confirm of each message. */
export interface Publisher {
  attach(model: ChannelModel): Promise<void>;
  detach(error: BusError): void;
  send(exchange: string, envelope: Sendable): Promise<void>;
  /** Sent and waiting. */
  size(): number;
}

/** One confirm channel with a bounded window; a message that waits for its place counts against its timeout. */
export function createPublisher(options: PublisherOptions): Publisher {
  let channel: ConfirmChannel | null = null;
  let writable = true;
  const waiting: Pending[] = [];
  const sent = new Set<Pending>();

  function pump(): void {
    while (channel !== null && writable && sent.size < options.window) {
      const next = waiting.shift();
      if (next === undefined) return;
      write(channel, next);
    }
  }

  function write(on: ConfirmChannel, pending: Pending): void {
    sent.add(pending);
    const { envelope, exchange } = pending;
    const properties = propertiesOf(envelope, options.ownUser);
    const done = (error: unknown) => {
      sent.delete(pending);
      pending.settle(outcome(pending, error));
      pump();
    };
    try {
      // A full socket buffer answers false: what is written is kept, more waits for `drain`.
      writable = on.publish(exchange, envelope.routingKey, bodyOf(envelope), properties, done);
    } catch (error) {
      done(toBusError(error));
    }
  }

  /** basic.return comes before the confirm of the same message; equal id, key and exchange mean equal routing. */
  function markReturned(exchange: string, routingKey: string, messageId: unknown): void {
    for (const pending of sent) {
      const { envelope } = pending;
      const same = pending.exchange === exchange && envelope.routingKey === routingKey;
      if (same && envelope.messageId === messageId && !pending.returned) {
        pending.returned = true;
        return;
      }
    }
  }

  function failAll(error: BusError): void {
    channel = null;
    writable = true;
    for (const pending of [...sent, ...waiting.splice(0)]) pending.settle(error);
    sent.clear();
  }

  return {
    size: () => sent.size + waiting.length,
    async attach(model) {
      const fresh = await within(options.rpcTimeoutMs, model.createConfirmChannel());
      guardChannel(fresh, (cause) => {
        if (channel !== fresh) return;
        failAll(new BusError('BUS_UNAVAILABLE', { cause }));
        options.silent('publish channel closed');
      });
      fresh.on('drain', () => {
        writable = true;
        pump();
      });
      fresh.on('return', ({ fields, properties }) => {
        markReturned(fields.exchange, fields.routingKey, properties.messageId);
      });
      channel = fresh;
      writable = true;
    },
    detach: failAll,
    async send(exchange, envelope) {
      const reason = options.blocked();
      if (reason !== null) throw new BusError('BUS_BLOCKED', { details: { reason } });
      if (channel === null) throw new BusError('BUS_UNAVAILABLE');
      if (waiting.length >= options.maxWaiting) {
        throw new BusError('BUS_BLOCKED', {
          details: { reason: 'publish window full', waiting: waiting.length },
        });
      }
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          const position = waiting.indexOf(pending);
          if (position >= 0) waiting.splice(position, 1);
          pending.settle(
            new BusError('BUS_CONFIRM_TIMEOUT', { details: { timeoutMs: options.confirmTimeoutMs } }),
          );
          // Under an alarm silence is the rule and the connection is sound; otherwise nobody is there.
          if (options.blocked() === null) options.silent('confirm timeout');
        }, options.confirmTimeoutMs);
        const pending: Pending = {
          exchange,
          envelope,
          returned: false,
          settle(error) {
            clearTimeout(timer);
            if (error === null) resolve();
            else reject(error);
          },
        };
        waiting.push(pending);
        pump();
      });
    },
  };
}

/** A nack is the refusing queue behind the alternate exchange (topology.ts), or a queue that failed: either way nothing took it. */
function outcome(pending: Pending, error: unknown): BusError | null {
  const details = { routingKey: pending.envelope.routingKey, exchange: pending.exchange };
  if (pending.returned) return new BusError('BUS_UNROUTABLE', { details: { ...details, via: 'return' } });
  if (error === null || error === undefined) return null;
  if (error instanceof Error && error.message === 'message nacked') {
    return new BusError('BUS_UNROUTABLE', { details: { ...details, via: 'nack' }, cause: error });
  }
  return error instanceof BusError ? error : new BusError('BUS_UNAVAILABLE', { cause: error });
}

function bodyOf({ body }: Envelope): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function propertiesOf(envelope: Sendable, ownUser: string) {
  return {
    ...(ownUser === '' ? {} : { userId: ownUser }),
    ...(envelope.correlationId === undefined ? {} : { correlationId: envelope.correlationId }),
    mandatory: true,
    persistent: true,
    messageId: envelope.messageId,
    contentType: envelope.contentType,
    headers: envelope.headers,
  };
}
