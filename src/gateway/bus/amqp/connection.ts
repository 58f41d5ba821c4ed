import type { ConnectionOptions } from 'node:tls';
import { type Channel, type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { BusError } from '../errors.ts';
import type { BusLogger } from '../ports.ts';
import { delayMs, within } from './timing.ts';

export type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage };

/** TLS settings of an `amqps:` broker. */
export type BusTls = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'servername'>;

/** What one supervised connection needs. */
export interface LinkOptions {
  /** Nodes of one cluster, at least one; with the first that answers. */
  urls: readonly string[];
  /** Shown in the broker's list of connections. */
  name: string;
  heartbeatSeconds: number;
  rpcTimeoutMs: number;
  tls?: BusTls;
  logger?: BusLogger;
  random: () => number;
  /** Makes channels ready on a fresh connection; the link counts as up once it resolved. */
  setUp(model: ChannelModel): Promise<void>;
  /** Called once for every connection that was up, or being set up, and is no more. */
  tornDown(error: BusError): void;
  changed(): void;
}

/** One connection that comes back by itself. */
export interface Link {
  /** First attempt; rejects only for what waiting can't cure (BUS_ACCESS_REFUSED, BUS_TOPOLOGY_MISMATCH). */
  start(): Promise<void>;
  /** The live connection, null while there is none. */
  model(): ChannelModel | null;
  /** The broker's words while it blocks this connection. */
  blocked(): string | null;
  /** Throws the connection away, after an answer that never came, and connects anew. */
  drop(reason: string): void;
  close(timeoutMs: number): Promise<void>;
}

/** Supervises one connection: connect, set up, watch, tear down, wait with jitter, again (ADR 013). */
export function createLink(options: LinkOptions): Link {
  let model: ChannelModel | null = null;
  let up = false;
  let blocked: string | null = null;
  let closed = false;
  let failures = 0;
  let first = 0;
  let timer: NodeJS.Timeout | undefined;

  async function attempt(): Promise<void> {
    const { fresh, at } = await openAny(options, first);
    // Should this one be lost, its neighbour is asked first.
    first = (at + 1) % options.urls.length;
    if (closed) return destroy(fresh);
    model = fresh;
    watch(fresh);
    try {
      await options.setUp(fresh);
    } catch (error) {
      lose(fresh, error);
      throw error;
    }
    if (model !== fresh) throw new BusError('BUS_UNAVAILABLE');
    up = true;
    failures = 0;
    options.logger?.info({ connection: options.name }, 'broker connected');
    options.changed();
  }

  function watch(fresh: ChannelModel): void {
    let cause: unknown;
    fresh.on('error', (error: Error) => {
      cause = error;
    });
    fresh.on('close', (error?: Error) => {
      if (lose(fresh, cause ?? error)) again();
    });
    fresh.on('handler-error', (error: Error) => lose(fresh, error) && again());
    fresh.on('blocked', (reason: string) => {
      blocked = reason;
      options.logger?.warn({ connection: options.name, reason }, 'broker refuses publishes');
      options.changed();
    });
    fresh.on('unblocked', () => {
      blocked = null;
      options.changed();
    });
  }

  /** True when `lost` was the current connection. */
  function lose(lost: ChannelModel, cause: unknown): boolean {
    destroy(lost);
    if (model !== lost) return false;
    const wasUp = up;
    model = null;
    up = false;
    blocked = null;
    options.tornDown(toBusError(cause));
    if (!closed && wasUp) {
      options.logger?.warn({ connection: options.name, cause: String(cause) }, 'broker connection lost');
    }
    options.changed();
    return wasUp;
  }

  function again(): void {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void retry(), delayMs(failures, options.random));
    failures += 1;
  }

  async function retry(): Promise<void> {
    try {
      await attempt();
    } catch (error) {
      const { code } = toBusError(error);
      options.logger?.warn({ connection: options.name, code, failures }, 'broker connection failed');
      again();
    }
  }

  return {
    model: () => (up ? model : null),
    blocked: () => blocked,
    async start() {
      try {
        await attempt();
      } catch (error) {
        const failure = toBusError(error);
        if (!failure.retryable) throw failure;
        again();
      }
    },
    drop(reason) {
      if (model !== null && lose(model, new Error(reason))) again();
    },
    async close(timeoutMs) {
      closed = true;
      clearTimeout(timer);
      const last = model;
      model = null;
      up = false;
      if (last === null) return;
      // A close can wait for ever behind an alarm or a dead peer: politeness has a limit.
      await within(timeoutMs, last.close()).catch(() => destroy(last));
      options.tornDown(new BusError('BUS_CLOSED'));
    },
  };
}

/** amqplib gives no reply code before a connection is open: 403 shows in its text, a missing virtual host (530) only as the frame it did not expect. */
const REFUSED_WHILE_OPENING = /ACCESS[_-]REFUSED|Expected ConnectionOpenOk; got <ConnectionClose/;

/** Any failure of amqplib or of the network in the words of this module. */
export function toBusError(cause: unknown): BusError {
  if (cause instanceof BusError) return cause;
  const reply = replyCode(cause);
  if (reply === 404) return new BusError('BUS_QUEUE_MISSING', { cause });
  if (reply === 406) return new BusError('BUS_TOPOLOGY_MISMATCH', { cause });
  if (reply === 403 || reply === 530 || REFUSED_WHILE_OPENING.test(String(cause))) {
    return new BusError('BUS_ACCESS_REFUSED', { cause });
  }
  return new BusError('BUS_UNAVAILABLE', cause === undefined ? {} : { cause });
}

/** The AMQP reply code (0-9-1 §1.2) an error carries, null for other errors. */
export function replyCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'number' ? error.code : null;
}

/** Listeners every channel needs: an `error` without one would end the process. */
export function guardChannel(channel: Channel, onEnd: (cause: unknown) => void): void {
  let cause: unknown;
  channel.on('error', (error: Error) => {
    cause = error;
  });
  channel.on('handler-error', (error: Error) => {
    cause = error;
    channel.close().catch(() => {});
  });
  channel.on('close', () => onEnd(cause));
}

/** Connects to one of the nodes, in turn from `first`. @throws what the last one said, but rather that it refuses us. */
async function openAny(options: LinkOptions, first: number): Promise<{ fresh: ChannelModel; at: number }> {
  let fault: BusError | undefined;
  for (let turn = 0; turn < options.urls.length; turn += 1) {
    const at = (first + turn) % options.urls.length;
    try {
      return { fresh: await open(options, options.urls[at] ?? ''), at };
    } catch (cause) {
      const error = toBusError(cause);
      if (fault === undefined || fault.retryable) fault = error;
    }
  }
  throw fault ?? new BusError('BUS_UNAVAILABLE');
}

async function open(options: LinkOptions, address: string): Promise<ChannelModel> {
  const url = new URL(address);
  url.searchParams.set('heartbeat', String(options.heartbeatSeconds));
  const model = await connect(url.href, {
    ...options.tls,
    noDelay: true,
    keepAlive: true,
    timeout: options.rpcTimeoutMs,
    clientProperties: { connection_name: options.name, product: 'lienthong' },
  });
  // An 'error' nobody listens for ends the process, also that of a connection given up the moment it opened.
  model.on('error', () => {});
  return model;
}

/** amqplib has no way to give up on a peer that does not answer: end the socket it holds. */
function destroy(model: ChannelModel): void {
  const { stream } = model.connection as { stream?: { destroy?: (error?: Error) => void } };
  stream?.destroy?.(new Error('given up'));
}
