import { expect } from 'chai';
import { indexAllOlder } from '../../../src/gateway/exchange/loops/index-older.ts';
import {
  findPackagePage,
  indexPackages,
  insertDeliveries,
  insertPackages,
  isIndexComplete,
  type PackageRow,
  searchPackages,
} from '../../../src/gateway/store/index.ts';
import { onEachEngine } from '../support/engines.ts';
import { deliveryRow, packageRow } from '../support/rows.ts';

const DISTRICT = '000.04.01.H53';
const COMMUNE = 'H53.4.1.7';
const OTHER = 'H53.4.1.8';

onEachEngine('pages of packages', (engine) => {
  let inbox = 0;

  /** Keeps packages; each recipient has it in its inbox, those after `!` are still to get it. */
  async function keep(
    rows: readonly (Partial<PackageRow> & { to?: readonly string[] })[],
    indexed = true,
  ): Promise<PackageRow[]> {
    const kept = rows.map(({ to: _, ...more }) =>
      packageRow({ sender: DISTRICT, state: 'delivered', ...more }),
    );
    const deliveries = kept.flatMap((row, at) =>
      (rows[at]?.to ?? []).map((code) => {
        const arrived = !code.startsWith('!');
        inbox += 1;
        return deliveryRow(row, { recipient: code.replace('!', ''), seq: arrived ? inbox : null });
      }),
    );
    await engine.store().write(async (tx) => {
      await insertPackages(tx, kept);
      await insertDeliveries(tx, deliveries);
      if (indexed) await indexPackages(tx, kept, deliveries);
    });
    return kept;
  }

  async function found(
    text: string,
    agencies: readonly string[] | null = null,
    more: { state?: string; before?: string; limit?: number; direction?: 'sent' | 'received' } = {},
  ): Promise<string[]> {
    const page = { direction: 'both' as const, limit: 50, ...more };
    return (await searchPackages(engine.store().read, agencies, text, page)).rows.map(({ id }) => id);
  }

  describe('searched', () => {
    it('are found by words of the subject, number and notation, without marks and case', async () => {
      const [order, letter] = await keep([
        { subject: 'Quyết định về việc phê duyệt Đề án chuyển đổi số', code: '1207/QĐ-UBND' },
        { subject: 'Công văn đôn đốc báo cáo', code: '88/UBND-VX', sender_name: 'UBND huyện Hoà Bình' },
      ]);

      expect(await found('de an CHUYEN doi so')).to.deep.equal([order?.id]);
      expect(await found('đề án')).to.deep.equal([order?.id]);
      expect(await found('1207/qd-ubnd')).to.deep.equal([order?.id]);
      expect(await found('hoa binh')).to.deep.equal([letter?.id]);
      expect(await found('huyen hoa bin'), 'the last word begun').to.deep.equal([letter?.id]);
      expect(await found('120'), 'a number is meant as it stands').to.deep.equal([]);
      expect(await found('phe duyet ubnd vx'), 'all words, not any').to.deep.equal([]);
      expect(await found(' /-. ')).to.deep.equal([]);
      expect(await found(`") OR 1=1 --'&|!:*`)).to.deep.equal([]);
    });

    it('are those one sent, and those that came into its inbox, and no others', async () => {
      const [sent, received, underWay] = await keep([
        { subject: 'kiem thu pham vi mot' },
        { subject: 'kiem thu pham vi hai', sender: OTHER, to: [DISTRICT, COMMUNE] },
        { subject: 'kiem thu pham vi ba', sender: OTHER, to: [`!${DISTRICT}`] },
        { subject: 'kiem thu pham vi bon', sender: OTHER, to: [COMMUNE] },
      ]);

      expect(await found('pham vi', [DISTRICT])).to.deep.equal([received?.id, sent?.id]);
      expect(await found('pham vi', [DISTRICT], { direction: 'sent' })).to.deep.equal([sent?.id]);
      expect(await found('pham vi', [DISTRICT], { direction: 'received' })).to.deep.equal([received?.id]);
      expect(await found('pham vi ba', [OTHER])).to.deep.equal([underWay?.id]);
      expect(await found('pham vi')).to.have.length(4);
      expect(await found('pham vi', ['H01'])).to.deep.equal([]);
    });

    it('come page after page, newest first, each once, with a filter on the state as well', async () => {
      const kept = await keep(
        Array.from({ length: 620 }, (_, n) => ({
          subject: 'trang sau trang truoc',
          state: n % 100 === 0 ? 'attention' : 'delivered',
        })),
      );
      const ids: string[] = [];
      let before: string | undefined;
      do {
        const page = { direction: 'both' as const, limit: 90, before };
        const { rows, next } = await searchPackages(engine.store().read, null, 'trang truoc', page);
        ids.push(...rows.map(({ id }) => id));
        before = next ?? undefined;
      } while (before !== undefined);

      expect(ids).to.deep.equal(kept.map(({ id }) => id).reverse());
      expect(await found('trang truoc', null, { state: 'attention' })).to.deep.equal(
        kept
          .filter((_, n) => n % 100 === 0)
          .map(({ id }) => id)
          .reverse(),
      );
    });

    it('are not answers to documents', async () => {
      await keep([{ kind: 'status', subject: 'tra loi khong tim' }]);

      expect(await found('tra loi khong tim')).to.deep.equal([]);
    });

    it('are also those from before there was an index, once it caught up', async () => {
      const old = await keep(
        Array.from({ length: 25 }, () => ({ subject: 'tu thoi truoc', to: [COMMUNE] })),
        false,
      );
      const [young] = await keep([{ subject: 'tu thoi truoc', to: [COMMUNE] }]);
      const before = await found('thoi truoc', [COMMUNE]);

      const rests: number[] = [];
      await indexAllOlder({ store: engine.store() }, async () => void rests.push(1));

      expect(before).to.deep.equal([young?.id]);
      const after = await found('thoi truoc', [COMMUNE]);
      expect(after).to.have.length(26);
      expect([...after].sort()).to.deep.equal([...old, young].map((row) => row?.id).sort());
      expect(await isIndexComplete(engine.store().read)).to.equal(true);
      expect(rests.length).to.be.at.least(2);
      await indexAllOlder({ store: engine.store() }, async () => {});
      expect(await found('thoi truoc', [COMMUNE])).to.deep.equal(after);
    });
  });

  describe('listed', () => {
    it('are what was sent and what arrived, merged by age, page after page', async () => {
      const A = 'H53.9.1';
      const B = 'H53.9.2';
      const kept = await keep(
        Array.from({ length: 40 }, (_, n) =>
          n % 3 === 0
            ? { sender: A, to: [B] }
            : n % 3 === 1
              ? { sender: B, to: [A] }
              : { sender: B, to: [`!${A}`], kind: n % 2 === 0 ? 'status' : 'document' },
        ),
      );
      const mine = kept.filter((_, n) => n % 3 !== 2).map(({ id }) => id);
      const ids: string[] = [];
      let before: string | undefined;
      for (;;) {
        const page = { direction: 'both' as const, limit: 7, before };
        const rows = await findPackagePage(engine.store().read, [A], page);
        ids.push(...rows.map(({ id }) => id));
        before = rows.at(-1)?.id;
        if (rows.length < 7) break;
      }

      expect(ids).to.deep.equal(mine.reverse());
    });

    it('may be narrowed to a direction, a kind, a state', async () => {
      const A = 'H53.8.1';
      const B = 'H53.8.2';
      const [sent, received, answer] = await keep([
        { sender: A, to: [B], state: 'attention' },
        { sender: B, to: [A] },
        { sender: B, to: [A], kind: 'status' },
      ]);
      const list = async (more: object): Promise<string[]> => {
        const page = { direction: 'both' as const, limit: 10, ...more };
        return (await findPackagePage(engine.store().read, [A], page)).map(({ id }) => id);
      };

      expect(await list({ direction: 'sent' })).to.deep.equal([sent?.id]);
      expect(await list({ direction: 'received' })).to.deep.equal([answer?.id, received?.id]);
      expect(await list({ kind: 'main' })).to.deep.equal([received?.id, sent?.id]);
      expect(await list({ kind: 'status' })).to.deep.equal([answer?.id]);
      expect(await list({ state: 'attention' })).to.deep.equal([sent?.id]);
    });
  });
});
