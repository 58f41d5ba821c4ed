import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import type { ChannelModel } from '../../../src/gateway/bus/amqp/connection.ts';
import { createPublisher, type PublisherOptions } from '../../../src/gateway/bus/amqp/publisher.ts';
import { BusError } from '../../../src/gateway/bus/index.ts';
import { envelopeTo, rejectionOf } from './support.ts';

type Confirm = (error: unknown) => void;

/** A channel that writes down what it is given and confirms only when told. */
class ScriptedChannel extends EventEmitter {
  readonly written: { key: string; id: string; confirm: Confirm }[] = [];
  full = false;
  broken = false;

  publish(
    _exchange: string,
    key: string,
    _body: Buffer,
    options: { messageId: string },
    confirm: Confirm,
  ): boolean {
    if (this.broken) throw new Error('Channel closed');
    this.written.push({ key, id: options.messageId, confirm });
    return !this.full;
  }
}

describe('gateway/bus AMQP publisher', () => {
  async function open(change: Partial<PublisherOptions> = {}) {
    const channel = new ScriptedChannel();
    const silent: string[] = [];
    const publisher = createPublisher({
      window: 256,
      maxWaiting: 10,
      confirmTimeoutMs: 10_000,
      rpcTimeoutMs: 1_000,
      blocked: () => null,
      ownUser: '',
      silent: (reason) => silent.push(reason),
      ...change,
    });
    await publisher.attach({ createConfirmChannel: async () => channel } as unknown as ChannelModel);
    return { channel, publisher, silent };
  }

  async function codeOf(work: Promise<unknown>): Promise<string> {
    const error = await rejectionOf(work);
    return error instanceof BusError ? error.code : String(error);
  }

  it('stops writing when the socket is full and goes on after drain', async () => {
    const { channel, publisher } = await open();
    channel.full = true;

    const first = publisher.send('x', envelopeTo('s'));
    const second = publisher.send('x', envelopeTo('s'));
    expect(channel.written).to.have.length(1);
    channel.full = false;
    channel.emit('drain');

    expect(channel.written).to.have.length(2);
    for (const { confirm } of channel.written) confirm(null);
    await Promise.all([first, second]);
    expect(publisher.size()).to.equal(0);
  });

  it('keeps no more than the window unconfirmed, and refuses when the queue behind it is full', async () => {
    const { channel, publisher } = await open({ window: 2, maxWaiting: 1 });

    const sent = [1, 2, 3].map(() => publisher.send('x', envelopeTo('s')));
    expect(channel.written).to.have.length(2);
    expect(await codeOf(publisher.send('x', envelopeTo('s')))).to.equal('BUS_BLOCKED');
    channel.written[0]?.confirm(null);

    expect(channel.written).to.have.length(3);
    channel.written[1]?.confirm(null);
    channel.written[2]?.confirm(null);
    await Promise.all(sent);
  });

  it('takes a return as a failure although the confirm follows', async () => {
    const { channel, publisher } = await open();
    const lost = envelopeTo('nobody');
    const sent = publisher.send('x', lost);
    const sound = publisher.send('x', envelopeTo('s'));

    channel.emit('return', {
      fields: { exchange: 'x', routingKey: lost.routingKey },
      properties: { messageId: lost.messageId },
    });
    for (const { confirm } of channel.written) confirm(null);

    expect(await codeOf(sent)).to.equal('BUS_UNROUTABLE');
    await sound;
  });

  it('takes a negative confirm as unroutable', async () => {
    const { channel, publisher } = await open();
    const sent = publisher.send('x', envelopeTo('s'));

    channel.written[0]?.confirm(new Error('message nacked'));

    expect(await codeOf(sent)).to.equal('BUS_UNROUTABLE');
  });

  it('fails everything under way when the channel closes, and says so once', async () => {
    const { channel, publisher, silent } = await open({ window: 1 });
    const sent = publisher.send('x', envelopeTo('s'));
    const waiting = publisher.send('x', envelopeTo('s'));

    channel.emit('close');

    expect(await codeOf(sent)).to.equal('BUS_UNAVAILABLE');
    expect(await codeOf(waiting)).to.equal('BUS_UNAVAILABLE');
    expect(await codeOf(publisher.send('x', envelopeTo('s')))).to.equal('BUS_UNAVAILABLE');
    expect(silent).to.deep.equal(['publish channel closed']);
  });

  it('turns a synchronous throw of a closed channel into a rejection', async () => {
    const { channel, publisher } = await open();
    channel.broken = true;

    expect(await codeOf(publisher.send('x', envelopeTo('s')))).to.equal('BUS_UNAVAILABLE');
    expect(publisher.size()).to.equal(0);
  });

  it('gives up after the confirm timeout and reports the silence', async () => {
    const { publisher, silent } = await open({ confirmTimeoutMs: 5 });

    expect(await codeOf(publisher.send('x', envelopeTo('s')))).to.equal('BUS_CONFIRM_TIMEOUT');
    expect(silent).to.deep.equal(['confirm timeout']);
  });

  it('refuses at once while the broker blocks, without writing', async () => {
    const { channel, publisher } = await open({ blocked: () => 'low on disk' });

    expect(await codeOf(publisher.send('x', envelopeTo('s')))).to.equal('BUS_BLOCKED');
    expect(channel.written).to.deep.equal([]);
  });
});
