/** Lanes: places per counterparty and urgency, what waits for one, and how much may. */
import { expect } from 'chai';
import { createLanes } from '../../../../src/gateway/exchange/index.ts';

/** Something that ends when it is told to. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function openLanes(places: number) {
  const lanes = createLanes(() => places, true);
  const ends = new AbortController();
  lanes.open(ends.signal);
  return { lanes, ends };
}

/** Lets everything that is ready run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('exchange: lanes', () => {
  it('gives a place back when the work leaves, and not a second time when it ends', async () => {
    const { lanes } = openLanes(1);
    const first = gate();
    const began: string[] = [];
    const one = lanes.run('vxp', 'normal', async (leave) => {
      began.push('one');
      leave();
      leave();
      await first.opened;
    });
    const held = gate();
    const two = lanes.run('vxp', 'normal', async () => {
      began.push('two');
      await held.opened;
    });
    const three = lanes.run('vxp', 'normal', async () => {
      began.push('three');
    });
    await settled();
    expect(began).to.deep.equal(['one', 'two']);
    first.open();
    await one;
    await settled();
    expect(began, 'the end of the first gave no second place').to.deep.equal(['one', 'two']);
    held.open();
    await Promise.all([two, three]);
    expect(began).to.deep.equal(['one', 'two', 'three']);
  });

  it('keeps counterparties and urgencies apart', async () => {
    const { lanes } = openLanes(1);
    const held = gate();
    const slow = lanes.run('vxp', 'normal', () => held.opened);
    expect(await lanes.run('vxp', 'urgent', async () => 'went')).to.equal('went');
    expect(await lanes.run('truc', 'normal', async () => 'went')).to.equal('went');
    held.open();
    await slow;
  });

  it('has room while few wait, counting those of the same transaction', async () => {
    const { lanes } = openLanes(1);
    const held = gate();
    const works = [lanes.run('vxp', 'normal', () => held.opened)];
    expect(lanes.hasRoom('vxp', 'normal', 63)).to.equal(true);
    expect(lanes.hasRoom('vxp', 'normal', 64)).to.equal(false);
    for (let n = 0; n < 64; n += 1) works.push(lanes.run('vxp', 'normal', async () => undefined));
    expect(lanes.hasRoom('vxp', 'normal')).to.equal(false);
    expect(lanes.hasRoom('truc', 'normal')).to.equal(true);
    held.open();
    await Promise.all(works);
    expect(lanes.hasRoom('vxp', 'normal')).to.equal(true);
  });

  it('has no room anywhere while what waits keeps more than 32 MiB', async () => {
    const { lanes } = openLanes(1);
    const held = gate();
    const works = [lanes.run('vxp', 'normal', () => held.opened, 1024 ** 2)];
    for (let n = 0; n < 32; n += 1) works.push(lanes.run('vxp', 'normal', async () => undefined, 1024 ** 2));
    expect(lanes.hasRoom('truc', 'normal'), 'what is under way does not count').to.equal(true);
    works.push(lanes.run('vxp', 'normal', async () => undefined, 1));
    expect(lanes.hasRoom('truc', 'normal')).to.equal(false);
    held.open();
    await Promise.all(works);
    expect(lanes.hasRoom('truc', 'normal')).to.equal(true);
  });

  it('rejects what waits when the lanes are closed, and closes when what left its place has ended too', async () => {
    const { lanes, ends } = openLanes(1);
    const held = gate();
    const going = lanes.run('vxp', 'normal', async (leave) => {
      leave();
      await held.opened;
    });
    const holding = gate();
    const inside = lanes.run('vxp', 'normal', () => holding.opened);
    await settled();
    const waiting = lanes.run('vxp', 'normal', async () => 'went').catch((cause: Error) => cause.message);
    ends.abort(new Error('shutting down'));
    let isClosed = false;
    const closed = lanes.close().then(() => {
      isClosed = true;
    });
    holding.open();
    await inside;
    expect(await waiting).to.equal('shutting down');
    await settled();
    expect(isClosed).to.equal(false);
    held.open();
    await Promise.all([going, closed]);
    expect(isClosed).to.equal(true);
  });
});
