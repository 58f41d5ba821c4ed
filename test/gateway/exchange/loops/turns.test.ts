import { expect } from 'chai';
import fc from 'fast-check';
import { createTurns } from '../../../../src/gateway/exchange/loops/turns.ts';

describe('exchange: turns', () => {
  it('keeps the order within each order, whatever ends first, and never more at the same time than there are places', async () => {
    const things = fc.array(
      fc.record({ order: fc.constantFrom('a', 'b', 'c'), steps: fc.nat(6), fails: fc.boolean() }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(things, fc.integer({ min: 1, max: 8 }), async (list, places) => {
        const turns = createTurns(places);
        const decided: { order: string; at: number }[] = [];
        let underWay = 0;
        let most = 0;
        for (const [at, { order, steps, fails }] of list.entries()) {
          await turns.room();
          turns.start(order, async (turn) => {
            underWay += 1;
            most = Math.max(most, underWay);
            for (let step = 0; step < steps; step += 1) await new Promise(setImmediate);
            if (!fails) {
              await turn.reached;
              decided.push({ order, at });
              turn.pass();
              await new Promise(setImmediate);
            }
            underWay -= 1;
          });
        }
        await turns.idle();

        expect(underWay).to.equal(0);
        expect(most).to.be.at.most(places);
        expect(decided).to.have.length(list.filter(({ fails }) => !fails).length);
        for (const order of ['a', 'b', 'c']) {
          const mine = decided.filter((one) => one.order === order).map(({ at }) => at);
          expect(mine).to.deep.equal([...mine].sort((one, other) => one - other));
        }
      }),
      { numRuns: 60 },
    );
  });
});
