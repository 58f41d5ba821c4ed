import { expect } from 'chai';
import fc from 'fast-check';
import {
  appendEvents,
  CHAIN_START,
  chainEvents,
  EVENT_TYPES,
  listEvents,
  verifyEventChain,
} from '../../../src/gateway/evidence/index.ts';
import { type EventRow, findPackage, insertPackage } from '../../../src/gateway/store/index.ts';
import { onEachEngine } from '../support/engines.ts';
import { packageRow } from '../support/rows.ts';

function chain(length: number): { rows: EventRow[]; head: { seq: number; hash: string } } {
  const events = Array.from({ length }, (_, at) => ({
    type: EVENT_TYPES[at % EVENT_TYPES.length] ?? 'sent',
    actor: `A${at}`,
    data: { at },
  }));
  const { rows, seq, hash } = chainEvents('pkg_1', { seq: 0, hash: CHAIN_START }, events, 1_000);
  return { rows, head: { seq, hash } };
}

describe('evidence: the chain of events', () => {
  it('is whole when nothing was touched, also when there is nothing', () => {
    const { rows, head } = chain(7);

    expect(verifyEventChain(rows, head)).to.equal(null);
    expect(verifyEventChain([], { seq: 0, hash: CHAIN_START })).to.equal(null);
  });

  it('shows any one field of any one event that was altered', () => {
    const { rows, head } = chain(9);
    const fields = [
      'package_id',
      'at',
      'type',
      'delivery_id',
      'actor',
      'data',
      'prev_hash',
      'hash',
      'seq',
    ] as const;

    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom(...fields),
        fc.string({ minLength: 1 }),
        (at, field, noise) => {
          const forged = rows.map((row, index) =>
            index === at ? { ...row, [field]: `${row[field] ?? ''}${noise}` } : row,
          );
          expect(verifyEventChain(forged as EventRow[], head)).to.equal(at + 1);
        },
      ),
    );
  });

  it('shows an event taken out, at the end too, put in, or moved', () => {
    const { rows, head } = chain(6);
    const swapped = [...rows];
    [swapped[2], swapped[3]] = [rows[3] as EventRow, rows[2] as EventRow];
    const longer = chain(7).rows;

    expect(verifyEventChain(rows.slice(1), head)).to.equal(1);
    expect(
      verifyEventChain(
        rows.filter((_, at) => at !== 3),
        head,
      ),
    ).to.equal(4);
    expect(verifyEventChain(rows.slice(0, -1), head)).to.equal(6);
    expect(verifyEventChain(swapped, head)).to.equal(3);
    expect(verifyEventChain(longer, head)).to.equal(8);
  });

  it('shows a chain rewritten from some event on, because its head is another', () => {
    const { head } = chain(5);
    const rewritten = chainEvents(
      'pkg_1',
      { seq: 0, hash: CHAIN_START },
      [1, 2, 3, 4, 5].map((at) => ({ type: 'sent' as const, actor: `B${at}` })),
      1_000,
    );

    expect(verifyEventChain(rewritten.rows, head)).to.equal(6);
  });
});

onEachEngine('evidence', (engine) => {
  it('stays one chain when many append to it at once', async () => {
    const pkg = packageRow();
    await engine.store().write((tx) => insertPackage(tx, pkg));
    const other = await engine.again();

    await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        (at % 2 === 0 ? engine.store() : other).write((tx) =>
          appendEvents(
            tx,
            pkg.id,
            [
              { type: 'sent', actor: `A${at}` },
              { type: 'delivered', actor: 'B' },
            ],
            at,
          ),
        ),
      ),
    );

    const rows = await listEvents(engine.store().read, pkg.id);
    const head = await findPackage(engine.store().read, pkg.id);
    expect(rows).to.have.length(60);
    expect(verifyEventChain(rows, { seq: head?.event_seq ?? 0, hash: head?.event_head ?? '' })).to.equal(
      null,
    );
  });
});
