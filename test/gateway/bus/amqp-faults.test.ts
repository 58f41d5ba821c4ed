import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { type ChannelModel, connect } from 'amqplib';
import { expect } from 'chai';
import {
  type AmqpBusOptions,
  BusError,
  createAmqpBus,
  type MessageBus,
  PACKAGES_EXCHANGE,
  systemQueue,
} from '../../../src/gateway/bus/index.ts';
import {
  killBroker,
  rabbitmqctl,
  requireServices,
  restartBroker,
  startBroker,
  testAmqpUrl,
} from '../../support/services.ts';
import { until } from '../../support/until.ts';
import { createCollector, createGate, envelopeTo, freshSystem, rejectionOf } from './support.ts';

describe('gateway/bus AMQP when things go wrong', function faults() {
  let url = '';
  const opened: MessageBus[] = [];

  before(async function needsPrivateBroker() {
    requireServices(this, 'AMQP_URL', 'LIENTHONG_TEST_CONTROL');
    url = await testAmqpUrl();
  });

  afterEach(async () => {
    for (const bus of opened.splice(0)) await bus.close({ timeoutMs: 2_000 });
  });

  async function openBus(change: Partial<AmqpBusOptions> = {}): Promise<MessageBus> {
    const bus = await createAmqpBus({ url, clientName: 'faults', retryRungsSeconds: [0.05], ...change });
    opened.push(bus);
    return bus;
  }

  async function codeOf(work: Promise<unknown>): Promise<string> {
    const error = await rejectionOf(work);
    return error instanceof BusError ? error.code : String(error);
  }

  async function withRawConnection(work: (model: ChannelModel) => Promise<unknown>): Promise<void> {
    const model = await connect(url);
    // A broker that fails meanwhile fails the work below; without a listener it would end the whole run.
    model.on('error', () => {});
    try {
      await work(model);
    } finally {
      // A broker that does not answer must not hold the suite up, nor the connection the process.
      const socket = (model.connection as unknown as { stream: Socket }).stream;
      const giveUp = setTimeout(() => socket.destroy(new Error('given up')), 10_000);
      const gone = new Promise((resolve) => socket.once('close', resolve));
      await Promise.race([model.close(), gone]).catch(() => {});
      clearTimeout(giveUp);
    }
  }

  it('comes back by itself after the broker was restarted, with every confirmed message', async () => {
    const bus = await openBus();
    const system = freshSystem();
    await bus.ensureSystems([system]);
    const waiting = freshSystem();
    await bus.ensureSystems([waiting]);
    await bus.publish(envelopeTo(waiting));
    const got = createCollector();
    await bus.consume(systemQueue(system, 'normal'), got.handle, { prefetch: 5 });
    const seen: boolean[] = [];
    bus.onState((state) => seen.push(state.connected));

    const restarting = restartBroker();
    await until(() => !bus.state().connected);
    expect(await codeOf(bus.publish(envelopeTo(system)))).to.equal('BUS_UNAVAILABLE');
    await restarting;
    await until(() => bus.state().connected);

    const after = envelopeTo(system);
    await bus.publish(after);
    expect((await got.take()).messageId).to.equal(after.messageId);
    expect((await bus.depth(systemQueue(waiting, 'normal')))?.messages).to.equal(1);
    expect(seen).to.include.members([false, true]);
  });

  it('loses no confirmed message when the broker is killed in the middle of the work', async () => {
    const bus = await openBus();
    const system = freshSystem();
    await bus.ensureSystems([system]);
    const arrived = new Set<string>();
    await bus.consume(
      systemQueue(system, 'normal'),
      async (message) => {
        arrived.add(message.messageId);
      },
      { prefetch: 20 },
    );
    const confirmed = new Set<string>();
    const failures = new Set<string>();
    let stop = false;
    async function relay(): Promise<void> {
      while (!stop) {
        const envelope = envelopeTo(system);
        try {
          await bus.publish(envelope);
          confirmed.add(envelope.messageId);
        } catch (error) {
          failures.add(error instanceof BusError ? error.code : String(error));
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    }
    const relays = [relay(), relay(), relay(), relay()];
    await until(() => confirmed.size > 200);

    await killBroker();
    await until(() => !bus.state().connected);
    await startBroker();
    const before = confirmed.size;
    await until(() => confirmed.size > before + 200);
    stop = true;
    await Promise.all(relays);

    await until(() => [...confirmed].every((id) => arrived.has(id)));
    expect([...failures]).to.deep.equal(['BUS_UNAVAILABLE']);
  });

  it('hands an unacknowledged message out again, marked, after the connection broke', async () => {
    const bus = await openBus();
    const system = freshSystem();
    await bus.ensureSystems([system]);
    const gate = createGate();
    const got = createCollector();
    await bus.consume(
      systemQueue(system, 'normal'),
      async (message) => {
        await got.handle(message);
        if (!message.redelivered) await gate.opened;
      },
      { prefetch: 1 },
    );
    const sent = envelopeTo(system);
    await bus.publish(sent);
    await got.take();

    await rabbitmqctl(['close_all_connections', '--global', 'test']);
    const again = await got.take();
    gate.open();

    expect(again).to.include({ messageId: sent.messageId, redelivered: true, attempt: 1 });
  });

  it('says blocked during a disk alarm, keeps acknowledging, and recovers; closing does not hang', async () => {
    const bus = await openBus({ confirmTimeoutMs: 3_000 });
    const other = await openBus({ confirmTimeoutMs: 3_000 });
    const system = freshSystem();
    const queue = systemQueue(system, 'normal');
    await bus.ensureSystems([system]);
    await bus.publish(envelopeTo(system));
    await rabbitmqctl(['set_disk_free_limit', '90000GB']);
    try {
      expect(await codeOf(bus.publish(envelopeTo(system)))).to.equal('BUS_CONFIRM_TIMEOUT');
      await until(() => bus.state().blocked !== null);
      expect(bus.state()).to.include({ connected: true, blocked: 'low on disk' });
      expect(await codeOf(bus.publish(envelopeTo(system)))).to.equal('BUS_BLOCKED');

      const got = createCollector();
      const subscription = await bus.consume(queue, got.handle, { prefetch: 1 });
      await got.take();
      await subscription.cancel();
      expect((await bus.depth(queue))?.messages).to.equal(0);
      await codeOf(other.publish(envelopeTo(system)));
      await other.close({ timeoutMs: 200 });
    } finally {
      await rabbitmqctl(['set_disk_free_limit', '50MB']);
    }
    await until(() => bus.state().blocked === null);
    await bus.publish(envelopeTo(system));
  });

  it('survives the loss of the exchange: the publish fails, the next ones work', async () => {
    const bus = await openBus();
    const system = freshSystem();
    await bus.ensureSystems([system]);
    await withRawConnection(async (model) => (await model.createChannel()).deleteExchange(PACKAGES_EXCHANGE));

    expect(await codeOf(bus.publish(envelopeTo(system)))).to.equal('BUS_UNAVAILABLE');
    await until(() => bus.state().connected);

    await bus.publish(envelopeTo(system));
    expect((await bus.depth(systemQueue(system, 'normal')))?.messages).to.equal(1);
  });

  it('takes up a queue again that was deleted under its consumer', async () => {
    const bus = await openBus();
    const system = freshSystem();
    const queue = systemQueue(system, 'normal');
    await bus.ensureSystems([system]);
    const got = createCollector();
    await bus.consume(queue, got.handle, { prefetch: 1 });

    await withRawConnection(async (model) => (await model.createChannel()).deleteQueue(queue));
    expect(await codeOf(bus.publish(envelopeTo(system)))).to.equal('BUS_UNROUTABLE');
    await bus.ensureSystems([system]);
    const sent = envelopeTo(system);
    await bus.publish(sent);

    expect((await got.take()).messageId).to.equal(sent.messageId);
  });

  it('starts without a broker and connects when there is one, its consumers with it', async () => {
    const system = freshSystem();
    await killBroker();
    const bus = await openBus();
    expect(bus.state().connected).to.equal(false);
    expect(await codeOf(bus.ensureSystems([system]))).to.equal('BUS_UNAVAILABLE');
    const got = createCollector();
    await bus.consume(systemQueue(system, 'normal'), got.handle, { prefetch: 1 });

    await startBroker();
    await until(() => bus.state().connected);
    const sent = envelopeTo(system);
    await bus.publish(sent);

    expect((await got.take()).messageId).to.equal(sent.messageId);
  });

  it('refuses to start with a wrong password or virtual host instead of trying for ever', async () => {
    const wrongPassword = new URL(url);
    wrongPassword.password = 'wrong';
    const wrongVhost = new URL(url);
    wrongVhost.pathname = '/no-such-vhost';

    for (const wrong of [wrongPassword, wrongVhost]) {
      const error = await rejectionOf(createAmqpBus({ url: wrong.href, clientName: 'faults' }));
      expect(error).to.be.instanceOf(BusError).with.property('code', 'BUS_ACCESS_REFUSED');
      expect(JSON.stringify(error)).to.not.contain('wrong');
    }
  });

  it('names a queue that exists with other settings', async () => {
    const bus = await openBus();
    const system = freshSystem();
    await withRawConnection(async (model) => {
      const channel = await model.createChannel();
      await channel.assertQueue(systemQueue(system, 'normal'), { durable: true, messageTtl: 5 });
    });

    expect(await codeOf(bus.ensureSystems([system]))).to.equal('BUS_TOPOLOGY_MISMATCH');
  });

  it('gives up on a peer that fell silent and connects anew', async () => {
    const proxy = await openFreezableProxy(url);
    const bus = await openBus({ url: proxy.url, confirmTimeoutMs: 3_000 });
    const system = freshSystem();
    await bus.ensureSystems([system]);

    proxy.freeze();
    expect(await codeOf(bus.publish(envelopeTo(system)))).to.equal('BUS_CONFIRM_TIMEOUT');
    proxy.thaw();
    await until(() => bus.state().connected);

    await bus.publish(envelopeTo(system));
    await bus.close();
    proxy.close();
  });

  it('is closed for good when it is closed while it connects anew', async () => {
    const proxy = await openFreezableProxy(url);
    const bus = await openBus({ url: proxy.url });
    proxy.hold();
    proxy.cut();
    await until(() => proxy.held() > 0);

    await bus.close();
    proxy.release();

    // The late connection is opened and given up: neither may leave an error that nobody listens for.
    await until(() => proxy.finished());
    expect(bus.state().connected).to.equal(false);
    proxy.close();
  });

  it('works the same on quorum queues', async () => {
    const bus = await openBus({ queueType: 'quorum', settleMs: 0, url: await testAmqpUrl() });
    const system = freshSystem();
    await bus.ensureSystems([system]);
    const got = createCollector();
    await bus.consume(
      systemQueue(system, 'normal'),
      async (message) => {
        await got.handle(message);
        if (message.attempt === 1) throw new Error('once more');
      },
      { prefetch: 1 },
    );

    await bus.publish(envelopeTo(system));

    expect((await got.take()).attempt).to.equal(1);
    expect((await got.take()).attempt).to.equal(2);
    expect(await codeOf(bus.publish(envelopeTo('nobody')))).to.equal('BUS_UNROUTABLE');
  });
});

/** Forwards to the broker; frozen, it keeps connections open and forwards nothing, as a network that swallows packets. */
async function openFreezableProxy(target: string) {
  const to = new URL(target);
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let frozen = false;
  let holding = false;
  let through = 0;
  function join(near: Socket): void {
    const far = dial(Number(to.port), to.hostname);
    sockets.add(far);
    far.on('error', () => far.destroy());
    near.on('data', (chunk) => frozen || far.write(chunk));
    far.on('data', (chunk) => {
      through += 1;
      if (!frozen) near.write(chunk);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }
  const server: Server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => near.destroy());
    if (holding) waiting.push(() => join(near));
    else join(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = new URL(target);
  url.port = String(address.port);
  return {
    url: url.href,
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
    },
    /** New connections wait; those there are end. */
    hold: () => {
      holding = true;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      through = 0;
    },
    held: () => waiting.length,
    /** What waits goes on, and what comes later does not wait: a second connection may have been under way. */
    release: () => {
      holding = false;
      for (const go of waiting.splice(0)) go();
    },
    /** Something came through since the cut, and nothing is open any more. */
    finished: () => through > 0 && [...sockets].every((socket) => socket.destroyed),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
