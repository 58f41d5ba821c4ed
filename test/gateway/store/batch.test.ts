/** Batches: what comes while one is under way goes together, and one bad item takes no other with it. */
import { expect } from 'chai';
import { createBatcher, type Outcome, readTogether } from '../../../src/gateway/store/index.ts';

describe('store: batches', () => {
  it('does the first alone and what comes meanwhile together', async () => {
    const batches: (readonly number[])[] = [];
    let release = (): void => undefined;
    const firstRuns = new Promise<void>((resolve) => {
      release = resolve;
    });
    const double = createBatcher<number, number>({
      limit: 3,
      parallel: 1,
      async run(items) {
        batches.push(items);
        if (batches.length === 1) await firstRuns;
        return items.map((item) => ({ value: item * 2 }));
      },
    });
    const first = double(1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const rest = [2, 3, 4, 5].map(double);
    release();
    expect(await Promise.all([first, ...rest])).to.deep.equal([2, 4, 6, 8, 10]);
    expect(batches).to.deep.equal([[1], [2, 3, 4], [5]]);
  });

  it('waits for company only after a batch that had some', async () => {
    const batches: (readonly string[])[] = [];
    const keep = createBatcher<string, string>({
      limit: 8,
      parallel: 1,
      // Two turns of the event loop come well before, even where the machine stands still for a while.
      gatherMs: 1_000,
      async run(items) {
        batches.push(items);
        return items.map((value) => ({ value }));
      },
    });
    await keep('alone');
    await Promise.all([keep('a'), keep('b')]);
    // The one before had company: this one waits, and the next, which comes a little later, goes with it.
    const c = keep('c');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await Promise.all([c, keep('d')]);
    expect(batches).to.deep.equal([['alone'], ['a', 'b'], ['c', 'd']]);
  });

  it('waits so long for each item of the batch before, and not longer than the most', async () => {
    const batches: (readonly string[])[] = [];
    const keepWaiting = (gatherMs: number, gatherPerItemMs: number) =>
      createBatcher<string, string>({
        limit: 8,
        parallel: 1,
        gatherMs,
        gatherPerItemMs,
        async run(items) {
          batches.push(items);
          return items.map((value) => ({ value }));
        },
      });
    const hour = 3_600_000;
    // An hour it would not outlive; the other bound is the shorter one.
    for (const keep of [keepWaiting(hour, 1), keepWaiting(1, hour)]) {
      await Promise.all([keep('a'), keep('b')]);
      await keep('c');
    }
    expect(batches).to.deep.equal([['a', 'b'], ['c'], ['a', 'b'], ['c']]);
  });

  it('runs every item alone when a batch rejects, so that only the bad one fails', async () => {
    const keep = createBatcher<string, string>({
      limit: 8,
      parallel: 1,
      async run(items): Promise<Outcome<string>[]> {
        if (items.includes('bad')) throw new Error('no');
        return items.map((value) => ({ value }));
      },
    });
    const all = await Promise.allSettled(['good', 'bad', 'fine'].map(keep));
    expect(all.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('reads together what is asked at the same time, each handle by itself, and a key no earlier than it was asked for', async () => {
    const asked: [string, readonly string[]][] = [];
    let value = 'old';
    const find = readTogether(async (handle: { name: string }, keys: readonly string[]) => {
      asked.push([handle.name, keys]);
      const answer = value;
      await new Promise((resolve) => setImmediate(resolve));
      return keys.map((key) => `${key} ${answer}`);
    });
    const [one, two] = [{ name: 'one' }, { name: 'two' }];
    const first = Promise.all([find(one, 'a'), find(one, 'b'), find(two, 'a')]);
    expect(await first).to.deep.equal(['a old', 'b old', 'a old']);
    value = 'new';
    expect(await find(one, 'a')).to.equal('a new');
    expect(asked).to.deep.equal([
      ['one', ['a', 'b']],
      ['two', ['a']],
      ['one', ['a']],
    ]);
  });
});
