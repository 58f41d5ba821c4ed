import { expect } from 'chai';
import { BusError, createEmbeddedBus, systemQueue } from '../../../src/gateway/bus/index.ts';
import { describeMessageBus } from './shared-suite.ts';
import { createCollector, envelopeTo, freshSystem, rejectionOf } from './support.ts';

describe('gateway/bus embedded', () => {
  describeMessageBus(async (options) => createEmbeddedBus(options));

  it('refuses publishes while it is full and says so, then takes them again', async () => {
    const bus = createEmbeddedBus({ maxMessages: 2 });
    const system = freshSystem();
    await bus.ensureSystems([system]);
    await bus.publish(envelopeTo(system));
    await bus.publish(envelopeTo(system));

    const error = await rejectionOf(bus.publish(envelopeTo(system)));
    expect(error).to.be.instanceOf(BusError).with.property('code', 'BUS_BLOCKED');
    expect(bus.state().blocked).to.match(/holds 2 messages/);

    const got = createCollector();
    await bus.consume(systemQueue(system, 'normal'), got.handle, { prefetch: 5 });
    await got.take();
    await got.take();
    await bus.publish(envelopeTo(system));
    await got.take();
    expect(bus.state().blocked).to.equal(null);
    await bus.close();
  });

  it('is not changed by a publisher that reuses its buffer', async () => {
    const bus = createEmbeddedBus();
    const system = freshSystem();
    await bus.ensureSystems([system]);
    const body = Buffer.from('before');
    await bus.publish(envelopeTo(system, { body }));
    body.write('after!');

    const got = createCollector();
    await bus.consume(systemQueue(system, 'normal'), got.handle, { prefetch: 1 });

    expect(Buffer.from((await got.take()).body).toString()).to.equal('before');
    await bus.close();
  });
});
