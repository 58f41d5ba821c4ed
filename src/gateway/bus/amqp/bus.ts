import { randomUUID } from 'node:crypto';
import { BusError } from '../errors.ts';
import type {
  BusLogger,
  BusOptions,
  BusState,
  Envelope,
  Handler,
  MessageBus,
  QueueDepth,
  ReplyTo,
  Subscription,
} from '../ports.ts';
import { createStateBoard } from '../state.ts';
import * as topology from '../topology.ts';
import { createWaitGroup } from '../wait-group.ts';
import { type BusTls, type ChannelModel, createLink, type Link } from './connection.ts';
import { type AmqpConsumer, createConsumer } from './consumer.ts';
import { declareTopology, type QueueType, readDepth } from './declare.ts';
import { createPublisher, type Publisher, type Sendable } from './publisher.ts';

/** Settings of the RabbitMQ bus. */
export interface AmqpBusOptions extends BusOptions {
  /** `amqp:` or `amqps:` with user, password and virtual host; several nodes of one cluster in a list. Never logged. */
  url: string | readonly string[];
  /** Shown in the broker's list of connections, with `/publish` and `/consume` behind it. */
  clientName: string;
  /** Default 15 s: two missed beats mean a dead peer; below 5 s a busy event loop looks dead too. */
  heartbeatSeconds?: number;
  /** How long publish waits for its confirm. Default 30,000. */
  confirmTimeoutMs?: number;
  /** How long any other broker answer is waited for. Default 10,000. */
  rpcTimeoutMs?: number;
  /** Unconfirmed publishes at one time. Default 256; sixteen times as many may wait. */
  window?: number;
  /** Default `classic`: right for one node; `quorum` from three nodes on (ADR 012). */
  queueType?: QueueType;
  /** How long ensureSystems waits after it made quorum queues before they may be used. Default 5,000. */
  settleMs?: number;
  tls?: BusTls;
  /** Spreads reconnects; default Math.random. */
  random?: () => number;
}

/**
 * Connects to RabbitMQ. With no broker to be reached it resolves all the same and goes on trying: `state().connected`
 * tells. Rejects with BUS_ACCESS_REFUSED when the account, virtual host or permission is wrong.
 */
export async function createAmqpBus(options: AmqpBusOptions): Promise<MessageBus> {
  const bus = new AmqpBus(options);
  await bus.start();
  return bus;
}

type Settled = AmqpBusOptions & Required<Pick<AmqpBusOptions, 'rpcTimeoutMs' | 'queueType' | 'random'>>;

class AmqpBus implements MessageBus {
  readonly #options: Settled;
  readonly #settings: topology.BusSettings;
  readonly #board = createStateBoard('amqp');
  readonly #handlers = createWaitGroup();
  readonly #publishes = createWaitGroup();
  readonly #consumers = new Set<AmqpConsumer>();
  readonly #systems = new Set<string>();
  readonly #publisher: Publisher;
  /** An alarm stops a publishing connection from being read; acknowledgements must not wait behind it, hence two. */
  readonly #publishLink: Link;
  readonly #consumeLink: Link;
  /** Named by each message of ours, so that readers can tell it from what others publish. */
  readonly #ownUser: string;
  #closed = false;

  constructor(options: AmqpBusOptions) {
    this.#options = { rpcTimeoutMs: 10_000, queueType: 'classic', random: Math.random, ...options };
    this.#settings = topology.settingsFrom(options);
    this.#ownUser = ownUserOf(options.url);
    const window = options.window ?? 256;
    this.#publisher = createPublisher({
      window,
      maxWaiting: window * 16,
      confirmTimeoutMs: options.confirmTimeoutMs ?? 30_000,
      rpcTimeoutMs: this.#options.rpcTimeoutMs,
      blocked: () => this.#publishLink.blocked(),
      ownUser: this.#ownUser,
      silent: (reason) => this.#publishLink.drop(reason),
    });
    this.#publishLink = this.#link('publish', {
      setUp: async (model) => {
        // A lost exchange closes the publish channel: declaring first is what brings it back.
        await this.#declare(model);
        await this.#publisher.attach(model);
      },
      tornDown: (error) => this.#publisher.detach(error),
    });
    this.#consumeLink = this.#link('consume', {
      setUp: (model) => this.#restore(model),
      tornDown: () => {},
    });
  }

  async start(): Promise<void> {
    const started = await Promise.allSettled([this.#consumeLink.start(), this.#publishLink.start()]);
    const refused = started.find((result) => result.status === 'rejected');
    if (refused === undefined) return;
    await this.close({ timeoutMs: 1_000 });
    throw refused.reason;
  }

  async publish(envelope: Envelope): Promise<void> {
    topology.assertEnvelope(envelope, this.#settings.maxBodyBytes);
    if (this.#closed) throw new BusError('BUS_CLOSED');
    const rung = topology.rungFor(envelope.delaySeconds, this.#settings.rungs);
    const work =
      rung === null ? this.#send(topology.PACKAGES_EXCHANGE, envelope) : this.#delay(envelope, rung);
    this.#publishes.add(work);
    await work;
  }

  async reply(to: ReplyTo, body: Uint8Array): Promise<boolean> {
    if (this.#closed) throw new BusError('BUS_CLOSED');
    const { queue: routingKey, correlationId } = to;
    const answer = {
      routingKey,
      correlationId,
      messageId: randomUUID(),
      contentType: 'application/json',
      body,
    };
    // The exchange without a name brings a message to the queue its key names.
    const work = this.#send('', { ...answer, headers: {} });
    this.#publishes.add(work);
    try {
      await work;
      return true;
    } catch (cause) {
      if (cause instanceof BusError && cause.code === 'BUS_UNROUTABLE') return false;
      throw cause;
    }
  }

  async consume(queue: string, handler: Handler, { prefetch }: { prefetch: number }): Promise<Subscription> {
    if (this.#closed) throw new BusError('BUS_CLOSED');
    if (!Number.isInteger(prefetch) || prefetch < 1 || prefetch > 65_535) {
      throw new TypeError('prefetch must be 1 to 65,535');
    }
    const { rpcTimeoutMs, random } = this.#options;
    const consumer = createConsumer({
      ...{
        queue,
        handler,
        prefetch,
        rpcTimeoutMs,
        random,
        settings: this.#settings,
        handlers: this.#handlers,
        ownUser: this.#ownUser,
      },
      ...this.#logger(),
      model: () => this.#consumeLink.model(),
      publish: (exchange, envelope) => this.#send(exchange, envelope),
    });
    const model = this.#consumeLink.model();
    // Without a connection the consumer starts when there is one (#restore).
    if (model !== null) await consumer.attach(model);
    this.#consumers.add(consumer);
    return {
      queue,
      cancel: async () => {
        this.#consumers.delete(consumer);
        await consumer.cancel();
      },
    };
  }

  async ensureSystems(systems: string[]): Promise<void> {
    if (this.#closed) throw new BusError('BUS_CLOSED');
    systems.flatMap(topology.systemBindings);
    const fresh = systems.filter((system) => !this.#systems.has(system));
    // Remembered first: a broker that is away, or comes back empty, gets them declared when it is there.
    for (const system of systems) this.#systems.add(system);
    const model = this.#consumeLink.model();
    if (model === null) throw new BusError('BUS_UNAVAILABLE');
    const young = this.#options.queueType === 'quorum' && (await this.#anyMissing(model, fresh));
    await this.#declare(model);
    if (young) await new Promise((resolve) => setTimeout(resolve, this.#options.settleMs ?? 5_000));
  }

  state(): BusState {
    return this.#board.read(this.#publisher.size() + this.#handlers.size());
  }

  onState(listener: (state: BusState) => void): () => void {
    return this.#board.subscribe(() => listener(this.state()));
  }

  async depth(queue: string): Promise<QueueDepth | null> {
    const model = this.#consumeLink.model();
    if (model === null) throw new BusError(this.#closed ? 'BUS_CLOSED' : 'BUS_UNAVAILABLE');
    return readDepth(model, queue, this.#options.rpcTimeoutMs);
  }

  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const deadline = Date.now() + (options.timeoutMs ?? 10_000);
    const left = () => Math.max(1, deadline - Date.now());
    const cancels = createWaitGroup();
    for (const consumer of this.#consumers) cancels.add(consumer.cancel());
    await cancels.idle(left());
    await this.#handlers.idle(left());
    await this.#publishes.idle(left());
    await Promise.all([this.#publishLink.close(left()), this.#consumeLink.close(left())]);
    this.#refresh();
  }

  #link(role: string, parts: Pick<Parameters<typeof createLink>[0], 'setUp' | 'tornDown'>): Link {
    const { url, clientName, rpcTimeoutMs, random, tls } = this.#options;
    return createLink({
      ...{ rpcTimeoutMs, random, name: `${clientName}/${role}` },
      urls: typeof url === 'string' ? [url] : url,
      heartbeatSeconds: this.#options.heartbeatSeconds ?? 15,
      ...(tls === undefined ? {} : { tls }),
      ...this.#logger(),
      ...parts,
      changed: () => this.#refresh(),
    });
  }

  #logger(): { logger?: BusLogger } {
    return this.#options.logger === undefined ? {} : { logger: this.#options.logger };
  }

  /** A fresh consume connection: what was declared before is declared again, then the consumers come back. */
  async #restore(model: ChannelModel): Promise<void> {
    await this.#declare(model);
    for (const consumer of this.#consumers) consumer.keepAttached(model);
  }

  /** Nothing before the first ensureSystems: topology belongs to the installation, not to every client. */
  async #declare(model: ChannelModel): Promise<void> {
    if (this.#systems.size === 0) return;
    const { queueType, rpcTimeoutMs } = this.#options;
    await declareTopology(model, this.#systems, { rungs: this.#settings.rungs, queueType, rpcTimeoutMs });
  }

  async #anyMissing(model: ChannelModel, systems: string[]): Promise<boolean> {
    for (const { queue } of systems.flatMap(topology.systemBindings)) {
      if ((await readDepth(model, queue, this.#options.rpcTimeoutMs)) === null) return true;
    }
    return false;
  }

  async #send(exchange: string, envelope: Sendable): Promise<void> {
    await this.#publisher.send(exchange, envelope);
  }

  /** A delayed message is routed only when its wait is over: too late to tell its publisher that nothing takes it. */
  async #delay(envelope: Envelope, seconds: number): Promise<void> {
    const target = topology.queueForKey(envelope.routingKey);
    if ((await this.depth(target)) === null) {
      throw new BusError('BUS_UNROUTABLE', { details: { routingKey: envelope.routingKey } });
    }
    await this.#send(topology.rungNames(seconds).exchange, envelope);
  }

  #refresh(): void {
    this.#board.set({
      connected: !this.#closed && this.#publishLink.model() !== null && this.#consumeLink.model() !== null,
      blocked: this.#publishLink.blocked(),
    });
  }
}

/** The account in the address; empty when there is none (a client certificate speaks for us). */
function ownUserOf(url: string | readonly string[]): string {
  const first = typeof url === 'string' ? url : (url[0] ?? '');
  return URL.canParse(first) ? decodeURIComponent(new URL(first).username) : '';
}
