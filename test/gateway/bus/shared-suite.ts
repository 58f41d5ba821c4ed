import { expect } from 'chai';
import { BusError, type BusOptions, type MessageBus, systemQueue } from '../../../src/gateway/bus/index.ts';
import { until } from '../../support/until.ts';
import { createCollector, createGate, envelopeTo, freshSystem, rejectionOf } from './support.ts';

/** The promises of the MessageBus port, checked against any bus that `open` makes. */
export function describeMessageBus(open: (options: BusOptions) => Promise<MessageBus>): void {
  const opened: MessageBus[] = [];

  async function openBus(options: BusOptions = {}): Promise<MessageBus> {
    const bus = await open({ retryRungsSeconds: [0.05, 0.1], ...options });
    opened.push(bus);
    return bus;
  }

  afterEach(async () => {
    for (const bus of opened.splice(0)) await bus.close();
  });

  async function codeOf(work: Promise<unknown>): Promise<string> {
    const error = await rejectionOf(work);
    return error instanceof BusError ? error.code : String(error);
  }

  describe('publishing', () => {
    it('delivers body, id, headers and content type unchanged', async () => {
      const bus = await openBus();
      const system = freshSystem();
      const got = createCollector();
      await bus.ensureSystems([system]);
      await bus.consume(systemQueue(system, 'normal'), got.handle, { prefetch: 1 });
      const sent = envelopeTo(system, { headers: { from: 'H01.01', to: 'T-05', size: 7, attempt: 1 } });

      await bus.publish(sent);
      const received = await got.take();

      expect(Buffer.from(received.body).toString()).to.equal(Buffer.from(sent.body).toString());
      expect(received).to.include({
        routingKey: sent.routingKey,
        messageId: sent.messageId,
        contentType: 'application/xml',
        attempt: 1,
        redelivered: false,
      });
      expect(received.headers).to.deep.equal(sent.headers);
    });

    it('keeps urgent and normal messages in queues of their own', async () => {
      const bus = await openBus();
      const system = freshSystem();
      await bus.ensureSystems([system]);

      await bus.publish(envelopeTo(system, { routingKey: `${system}.urgent.H01_01.document` }));
      await bus.publish(envelopeTo(system));
      await bus.publish(envelopeTo(system));

      expect((await bus.depth(systemQueue(system, 'urgent')))?.messages).to.equal(1);
      expect((await bus.depth(systemQueue(system, 'normal')))?.messages).to.equal(2);
    });

    it('refuses what no queue takes, keeping a copy in the unrouted queue', async () => {
      const bus = await openBus();
      await bus.ensureSystems([freshSystem()]);
      const got = createCollector();
      await bus.consume('unrouted', got.handle, { prefetch: 1 });
      const lost = envelopeTo('nobody');

      expect(await codeOf(bus.publish(lost))).to.equal('BUS_UNROUTABLE');

      const kept = await got.take();
      expect(kept).to.include({ messageId: lost.messageId, routingKey: lost.routingKey });
    });

    it('refuses a delayed message whose system has no queue', async () => {
      const bus = await openBus();
      await bus.ensureSystems([freshSystem()]);

      expect(await codeOf(bus.publish(envelopeTo('nobody', { delaySeconds: 0.01 })))).to.equal(
        'BUS_UNROUTABLE',
      );
    });

    it('refuses a body over the limit and takes one of exactly the limit', async () => {
      const bus = await openBus({ maxBodyBytes: 10 });
      const system = freshSystem();
      await bus.ensureSystems([system]);

      expect(await codeOf(bus.publish(envelopeTo(system, { body: new Uint8Array(11) })))).to.equal(
        'BUS_TOO_LARGE',
      );
      await bus.publish(envelopeTo(system, { body: new Uint8Array(10) }));
      expect((await bus.depth(systemQueue(system, 'normal')))?.messages).to.equal(1);
    });

    it('calls a malformed routing key the caller’s mistake', async () => {
      const bus = await openBus();

      for (const routingKey of [
        '',
        'a.b.c',
        'a.normal.b.c.d',
        'a.soon.b.c',
        'a.normal.#.c',
        'a.normal.*.c',
      ]) {
        const error = await rejectionOf(bus.publish(envelopeTo('x', { routingKey })));
        expect(error, routingKey).to.be.instanceOf(TypeError);
      }
    });

    it('holds a delayed message for its rung of the ladder, then delivers it under the same key', async () => {
      const bus = await openBus({ retryRungsSeconds: [0.05, 600] });
      const system = freshSystem();
      await bus.ensureSystems([system]);
      const got = createCollector();
      await bus.consume(systemQueue(system, 'normal'), got.handle, { prefetch: 1 });
      const later = envelopeTo(system, { delaySeconds: 0.02 });

      await bus.publish(envelopeTo(system, { delaySeconds: 0.06 }));
      await bus.publish(later);
      const received = await got.take();

      expect(received).to.include({ messageId: later.messageId, routingKey: later.routingKey, attempt: 1 });
      expect((await bus.depth('retry.600'))?.messages).to.be.at.least(1);
      expect(got.all).to.have.length(1);
    });
  });

  describe('consuming', () => {
    it('acknowledges after the handler resolved, never before', async () => {
      const bus = await openBus();
      const system = freshSystem();
      const queue = systemQueue(system, 'normal');
      await bus.ensureSystems([system]);
      const gate = createGate();
      const started = createGate();
      const subscription = await bus.consume(
        queue,
        async () => {
          started.open();
          await gate.opened;
        },
        { prefetch: 1 },
      );

      await bus.publish(envelopeTo(system));
      await started.opened;
      expect(bus.state().inFlight).to.equal(1);
      gate.open();
      await subscription.cancel();

      expect(bus.state().inFlight).to.equal(0);
      expect(await bus.depth(queue)).to.deep.equal({ messages: 0, consumers: 0 });
    });

    it('keeps at most `prefetch` handlers at work', async () => {
      const bus = await openBus();
      const system = freshSystem();
      await bus.ensureSystems([system]);
      let atWork = 0;
      let most = 0;
      let done = 0;
      for (let sent = 0; sent < 12; sent += 1) await bus.publish(envelopeTo(system));

      await bus.consume(
        systemQueue(system, 'normal'),
        async () => {
          atWork += 1;
          most = Math.max(most, atWork);
          await new Promise((resolve) => setImmediate(resolve));
          atWork -= 1;
          done += 1;
        },
        { prefetch: 3 },
      );
      await until(() => done === 12);

      expect(most).to.equal(3);
    });

    it('tries a failed message again after a wait, counting attempts, under the same id', async () => {
      const bus = await openBus();
      const system = freshSystem();
      await bus.ensureSystems([system]);
      const got = createCollector();
      await bus.consume(
        systemQueue(system, 'normal'),
        async (message) => {
          await got.handle(message);
          if (message.attempt < 3) throw Object.assign(new Error('axis away'), { code: 'AXIS_AWAY' });
        },
        { prefetch: 1 },
      );
      const sent = envelopeTo(system);

      await bus.publish(sent);
      const seen = [await got.take(), await got.take(), await got.take()];

      expect(seen.map((message) => message.attempt)).to.deep.equal([1, 2, 3]);
      expect(new Set(seen.map((message) => message.messageId))).to.deep.equal(new Set([sent.messageId]));
      expect(seen[2]?.headers).to.include({
        'last-error': 'AXIS_AWAY',
        'package-id': String(sent.headers['package-id']),
      });
      expect(Buffer.from(seen[2]?.body ?? []).toString()).to.equal(Buffer.from(sent.body).toString());
    });

    it('parks a message after its last attempt and goes on with the lane', async () => {
      const bus = await openBus({ maxAttempts: 2 });
      const system = freshSystem();
      const queue = systemQueue(system, 'normal');
      await bus.ensureSystems([system]);
      const poison = envelopeTo(system);
      const sound = envelopeTo(system);
      const got = createCollector();
      const parked = createCollector();
      await bus.consume('parked', parked.handle, { prefetch: 1 });
      await bus.consume(
        queue,
        async (message) => {
          if (message.messageId === poison.messageId) throw new RangeError('nested too deep');
          await got.handle(message);
        },
        { prefetch: 1 },
      );

      await bus.publish(poison);
      await bus.publish(sound);

      expect((await got.take()).messageId).to.equal(sound.messageId);
      const aside = await parked.take();
      expect(aside).to.include({ messageId: poison.messageId, routingKey: poison.routingKey });
      expect(aside.headers).to.include({ 'parked-from': queue, 'parked-reason': 'RangeError', attempt: 2 });
    });

    it('parks at once what a handler says can never succeed', async () => {
      const bus = await openBus();
      const system = freshSystem();
      await bus.ensureSystems([system]);
      const parked = createCollector();
      await bus.consume('parked', parked.handle, { prefetch: 1 });
      await bus.consume(systemQueue(system, 'normal'), async (message) => message.park('DIGEST_CONFLICT'), {
        prefetch: 1,
      });

      await bus.publish(envelopeTo(system));

      expect((await parked.take()).headers).to.include({ 'parked-reason': 'DIGEST_CONFLICT', attempt: 1 });
    });

    it('leaves waiting messages for the next consumer when a subscription is cancelled', async () => {
      const bus = await openBus();
      const system = freshSystem();
      const queue = systemQueue(system, 'normal');
      await bus.ensureSystems([system]);
      const gate = createGate();
      const first = createCollector();
      const subscription = await bus.consume(
        queue,
        async (message) => {
          await first.handle(message);
          await gate.opened;
        },
        { prefetch: 1 },
      );
      await bus.publish(envelopeTo(system));
      const second = envelopeTo(system);
      await bus.publish(second);
      await first.take();

      const cancelling = subscription.cancel();
      gate.open();
      await cancelling;
      const next = createCollector();
      await bus.consume(queue, next.handle, { prefetch: 1 });

      expect((await next.take()).messageId).to.equal(second.messageId);
      expect(first.all).to.have.length(1);
    });

    it('refuses to consume a queue nobody declared', async () => {
      const bus = await openBus();

      expect(await codeOf(bus.consume('to.nobody.normal', async () => {}, { prefetch: 1 }))).to.equal(
        'BUS_QUEUE_MISSING',
      );
    });
  });

  describe('its life', () => {
    it('declares the same systems twice without a change', async () => {
      const bus = await openBus();
      const system = freshSystem();
      await bus.ensureSystems([system]);
      await bus.publish(envelopeTo(system));

      await bus.ensureSystems([system, system]);

      expect((await bus.depth(systemQueue(system, 'normal')))?.messages).to.equal(1);
    });

    it('knows no depth for a queue that does not exist', async () => {
      const bus = await openBus();

      expect(await bus.depth('to.nobody.urgent')).to.equal(null);
    });

    it('waits for handlers at work before it closes, and then refuses everything', async () => {
      const bus = await openBus();
      const system = freshSystem();
      await bus.ensureSystems([system]);
      const gate = createGate();
      const started = createGate();
      let finished = false;
      await bus.consume(
        systemQueue(system, 'normal'),
        async () => {
          started.open();
          await gate.opened;
          finished = true;
        },
        { prefetch: 1 },
      );
      await bus.publish(envelopeTo(system));
      await started.opened;

      const closing = bus.close();
      gate.open();
      await closing;

      expect(finished).to.equal(true);
      expect(bus.state().connected).to.equal(false);
      expect(await codeOf(bus.publish(envelopeTo(system)))).to.equal('BUS_CLOSED');
      expect(await codeOf(bus.consume('parked', async () => {}, { prefetch: 1 }))).to.equal('BUS_CLOSED');
      expect(await codeOf(bus.ensureSystems([system]))).to.equal('BUS_CLOSED');
    });

    it('closes on time although a handler never ends, and closes twice without harm', async () => {
      const bus = await openBus();
      const system = freshSystem();
      await bus.ensureSystems([system]);
      const started = createGate();
      await bus.consume(
        systemQueue(system, 'normal'),
        () => {
          started.open();
          return new Promise<never>(() => {});
        },
        { prefetch: 1 },
      );
      await bus.publish(envelopeTo(system));
      await started.opened;

      await bus.close({ timeoutMs: 20 });
      await bus.close();

      expect(bus.state().connected).to.equal(false);
    });

    it('tells listeners of a change until they stop listening', async () => {
      const bus = await openBus();
      const seen: boolean[] = [];
      const silent: boolean[] = [];
      bus.onState((state) => seen.push(state.connected));
      const stop = bus.onState((state) => silent.push(state.connected));
      stop();

      await bus.close();

      expect(seen.at(-1)).to.equal(false);
      expect(silent).to.deep.equal([]);
    });
  });
}
