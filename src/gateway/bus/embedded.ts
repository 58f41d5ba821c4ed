import { Broker, type ConsumeMessage } from 'smqp';
import { carryOn, decide, type Incoming } from './delivery.ts';
import { BusError } from './errors.ts';
import type { BusOptions, Envelope, Handler, MessageBus, Subscription } from './ports.ts';
import { createStateBoard } from './state.ts';
import * as topology from './topology.ts';
import { createWaitGroup } from './wait-group.ts';

/** Settings of the bus that lives in this process. */
export interface EmbeddedBusOptions extends BusOptions {
  /** Messages held in memory before publish is refused with BUS_BLOCKED. Default 100,000 (at most 12.5 GB of full bodies, 0.1 GB of usual ones). */
  maxMessages?: number;
}

/**
 * A bus inside this process with the semantics of the AMQP one (ADR 011): topic routing, refusal of what nothing
 * takes, retry ladder, parked. It forgets everything at exit, which is safe because the store drives again what was not done.
 */
export function createEmbeddedBus(options: EmbeddedBusOptions = {}): MessageBus {
  return new EmbeddedBus(options);
}

class EmbeddedBus implements MessageBus {
  readonly #settings: topology.BusSettings;
  readonly #options: EmbeddedBusOptions;
  readonly #maxMessages: number;
  readonly #broker = new Broker();
  readonly #board = createStateBoard('embedded');
  readonly #handlers = createWaitGroup();
  readonly #subscriptions = new Set<Subscription>();
  readonly #wakeUps = new Map<string, NodeJS.Timeout>();
  #returned = false;
  #closed = false;

  constructor(options: EmbeddedBusOptions) {
    this.#options = options;
    this.#settings = topology.settingsFrom(options);
    this.#maxMessages = options.maxMessages ?? 100_000;
    declareBase(this.#broker, this.#settings);
    this.#broker.on('return', (event) => this.#keepUnrouted(event));
    this.#board.set({ connected: true });
  }

  async publish(envelope: Envelope): Promise<void> {
    topology.assertEnvelope(envelope, this.#settings.maxBodyBytes);
    if (this.#closed) throw new BusError('BUS_CLOSED');
    this.#refuseWhenFull();
    const rung = topology.rungFor(envelope.delaySeconds, this.#settings.rungs);
    if (rung === null) return this.#route(topology.PACKAGES_EXCHANGE, envelope);
    this.#assertTarget(envelope.routingKey);
    this.#delay(envelope, rung);
  }

  /** Nobody outside publishes here. */
  reply(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async consume(queue: string, handler: Handler, options: { prefetch: number }): Promise<Subscription> {
    if (this.#closed) throw new BusError('BUS_CLOSED');
    if (!Number.isInteger(options.prefetch) || options.prefetch < 1) {
      throw new TypeError('prefetch must be at least 1');
    }
    if (this.#broker.getQueue(queue) === undefined) {
      throw new BusError('BUS_QUEUE_MISSING', { details: { queue } });
    }
    const own = createWaitGroup();
    const consumer = this.#broker.consume(
      queue,
      (_key, message) => {
        // Started on the next turn, so that publish() has returned before any handler runs, as with a real broker.
        const work = Promise.resolve().then(() => this.#handle(queue, message, handler));
        own.add(work);
        this.#handlers.add(work);
      },
      { prefetch: options.prefetch },
    );
    const subscription: Subscription = {
      queue,
      cancel: async () => {
        this.#subscriptions.delete(subscription);
        consumer.cancel({ keepPending: true });
        await own.idle();
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async ensureSystems(systems: string[]): Promise<void> {
    if (this.#closed) throw new BusError('BUS_CLOSED');
    for (const { queue, pattern } of systems.flatMap(topology.systemBindings)) {
      this.#broker.assertQueue(queue, { durable: true, autoDelete: false });
      this.#broker.bindQueue(queue, topology.PACKAGES_EXCHANGE, pattern);
    }
  }

  state() {
    return this.#board.read(this.#handlers.size());
  }

  onState(listener: Parameters<MessageBus['onState']>[0]): () => void {
    return this.#board.subscribe(() => listener(this.state()));
  }

  async depth(queue: string) {
    const found = this.#broker.getQueue(queue);
    if (found === undefined) return null;
    const { messageCount, unackedCount, consumerCount } = found.getStats();
    return { messages: messageCount - unackedCount, consumers: consumerCount };
  }

  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const cancelled = [...this.#subscriptions].map((subscription) => subscription.cancel());
    await this.#handlers.idle(options.timeoutMs ?? 10_000);
    for (const timer of this.#wakeUps.values()) clearTimeout(timer);
    this.#wakeUps.clear();
    this.#broker.reset();
    void Promise.allSettled(cancelled);
    this.#board.set({ connected: false });
  }

  async #handle(queue: string, message: ConsumeMessage, handler: Handler): Promise<void> {
    const incoming = incomingFrom(queue, message);
    const outcome = await decide(incoming, handler, this.#settings, this.#options.logger);
    // After close() gave up waiting there is no broker left to move the message in; the store drives it again.
    if (this.#broker.getQueue(queue) === undefined) return;
    if (outcome.kind === 'retry') this.#delay(carryOn(incoming, outcome.headers), outcome.delaySeconds);
    if (outcome.kind === 'park') this.#route(topology.PARKED_EXCHANGE, carryOn(incoming, outcome.headers));
    message.ack();
    this.#showFullness();
  }

  #route(exchange: string, envelope: Envelope): void {
    this.#returned = false;
    // smqp hands the same objects to the consumer: copies keep a publisher from changing what it sent.
    this.#broker.publish(exchange, envelope.routingKey, Uint8Array.from(envelope.body), {
      mandatory: true,
      messageId: envelope.messageId,
      contentType: envelope.contentType,
      headers: { ...envelope.headers },
    });
    if (this.#returned) {
      throw new BusError('BUS_UNROUTABLE', { details: { routingKey: envelope.routingKey } });
    }
  }

  /** A delayed message is routed only when its wait is over: too late to tell its publisher that nothing takes it. */
  #assertTarget(routingKey: string): void {
    if (this.#broker.getQueue(topology.queueForKey(routingKey)) !== undefined) return;
    throw new BusError('BUS_UNROUTABLE', { details: { routingKey } });
  }

  #delay(envelope: Envelope, seconds: number): void {
    const rung = topology.rungNames(seconds);
    this.#route(rung.exchange, envelope);
    this.#wakeUp(rung.queue);
  }

  /** smqp looks at expiry only when asked, so each rung that holds something has one timer for its head. */
  #wakeUp(queue: string): void {
    if (this.#wakeUps.has(queue)) return;
    const head = this.#broker.getQueue(queue)?.peek();
    if (head === undefined) return;
    const dueInMs = Math.max(1, (head.properties.ttl ?? 0) - Date.now() + 1);
    const timer = setTimeout(() => {
      this.#wakeUps.delete(queue);
      this.#broker.evictExpired(queue);
      this.#wakeUp(queue);
    }, dueInMs);
    this.#wakeUps.set(queue, timer);
  }

  #keepUnrouted(event: object): void {
    this.#returned = true;
    const { fields, content, properties } = event as ConsumeMessage;
    this.#broker.publish(topology.UNROUTED_EXCHANGE, fields.routingKey ?? '', content, {
      ...properties,
      mandatory: false,
    });
  }

  #refuseWhenFull(): void {
    this.#showFullness();
    const { blocked } = this.#board.read(0);
    if (blocked !== null) throw new BusError('BUS_BLOCKED', { details: { reason: blocked } });
  }

  #showFullness(): void {
    const held = this.#broker.getStats().queues.reduce((sum, queue) => sum + queue.messageCount, 0);
    this.#board.set({
      blocked: held >= this.#maxMessages ? `embedded bus holds ${this.#maxMessages} messages` : null,
    });
  }
}

function declareBase(broker: Broker, settings: topology.BusSettings): void {
  const lasting = { durable: true, autoDelete: false };
  const capped = { ...lasting, maxLength: topology.UNROUTED_MAX_MESSAGES };
  broker.assertExchange(topology.PACKAGES_EXCHANGE, 'topic', lasting);
  for (const [exchange, queue] of [
    [topology.UNROUTED_EXCHANGE, topology.UNROUTED_QUEUE],
    [topology.PARKED_EXCHANGE, topology.PARKED_QUEUE],
  ] as const) {
    broker.assertExchange(exchange, 'fanout', lasting);
    broker.assertQueue(queue, capped);
    broker.bindQueue(queue, exchange, '');
  }
  for (const rung of settings.rungs.map(topology.rungNames)) {
    broker.assertExchange(rung.exchange, 'fanout', lasting);
    broker.assertQueue(rung.queue, {
      ...lasting,
      messageTtl: rung.ttlMs,
      deadLetterExchange: topology.PACKAGES_EXCHANGE,
    });
    broker.bindQueue(rung.queue, rung.exchange, '');
  }
}

function incomingFrom(queue: string, message: ConsumeMessage): Incoming {
  const { fields, properties, content } = message;
  return {
    queue,
    routingKey: String(fields.routingKey),
    messageId: String(properties.messageId),
    headers: { ...(properties['headers'] as Record<string, string | number>) },
    contentType: String(properties['contentType']),
    body: content as Uint8Array,
    redelivered: fields.redelivered === true,
    submittedBy: null,
    replyTo: null,
  };
}
