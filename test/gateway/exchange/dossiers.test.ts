import { expect } from 'chai';
import { type Api, acceptedId } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY } from '../support/messages.ts';
import { startWorld, type World } from '../support/world.ts';

const TERMINAL = ['done', 'delivered', 'attention', 'refused'];

/** A judicial-record application as a one-stop system sends it. */
function application(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    agency: AGENCY.commune.code,
    procedureCode: '2.000488',
    procedureName: 'Cấp Phiếu lý lịch tư pháp cho công dân Việt Nam',
    fieldCode: 'G15-LV07',
    fieldName: 'Lý lịch tư pháp',
    applicant: { name: 'Trần Thị Thử', identities: [{ type: 1, number: '012345678901' }] },
    form: { form: 1, purpose: 'Xin việc làm', gender: 2, birthDate: '1990-02-01' },
    components: [{ name: 'Tờ khai', file: 'to-khai.pdf' }],
    ...more,
  };
}

const FILES = { 'to-khai.pdf': Buffer.from('%PDF-1.4 tờ khai thử') };

async function submit(api: Api, metadata = application()): Promise<{ code: string; packageId: string }> {
  const answer = await api.postForm('/api/v1/dossiers', metadata, FILES);
  acceptedId(answer);
  return answer.json;
}

async function dossier(api: Api, code: string) {
  const answer = await api.get(`/api/v1/dossiers/${code}`);
  expect(answer.status, answer.text).to.equal(200);
  return answer.json;
}

describe('exchange: dossiers', () => {
  describe('with a ministry that signs', () => {
    let world: World;
    let commune: Api;
    before(async () => {
      world = await startWorld();
      commune = await world.as(AGENCY.commune);
    });
    after(() => world.close());

    it('goes to the portal and the ministry, and comes back with a verified result', async () => {
      const { code, packageId } = await submit(commune);

      const done = await eventually(
        () => dossier(commune, code),
        (seen) => seen.result !== null && seen.portal.state === '9',
      );

      expect(code).to.match(/^000\.21\.32\.H99-\d{6}-\d{4,}$/);
      expect(done.state).to.equal(9);
      expect(done.ministry.state).to.equal('9');
      expect(done.result.verdict).to.equal('TOTAL-PASSED');
      expect(world.judicial.ledger.entries().filter((entry) => entry.kind === 'request')).to.have.length(1);
      const types = (await commune.events(packageId)).map((event) => event.type);
      expect(types).to.include.members(['ministry-state', 'result-received', 'result-verified']);
      const file = await commune.get(`/api/v1/dossiers/${code}/result`);
      expect(file.status).to.equal(200);
      expect(file.headers.get('content-type')).to.equal('application/pdf');
      const results = (await commune.inbox('?kind=result')).items.filter(
        (item) => item['documentId'] === code,
      );
      expect(results).to.have.length(1);
    });

    it('updates at the portal what the portal holds already', async () => {
      const code = '000.21.32.H99-261120-9001';
      await submit(commune, application({ code, procedureCode: '1.000001' }));
      await eventually(
        () => world.portal.holdings(),
        (held) => held.some((holding) => holding.row.MaHoSo === code),
      );

      const moved = await commune.postForm(`/api/v1/dossiers/${code}/results`, {
        papers: [{ name: 'Kết quả' }],
      });

      acceptedId(moved);
      await eventually(
        () => dossier(commune, code),
        (seen) => seen.portal.state === '9',
      );
      const kinds = world.portal.ledger.entries().filter((entry) => entry.id === code);
      expect(kinds.map((entry) => entry.kind)).to.deep.equal(['dossier', 'dossier-update']);
    });

    it('refuses a move the table does not allow with 409 and both states named, and moves nothing', async () => {
      const code = '000.21.32.H99-261120-9002';
      await submit(commune, application({ code, procedureCode: '1.000001' }));
      const step = { state: 3, handler: 'Cán bộ', content: 'Trả lại' };

      const answer = await commune.postJson(`/api/v1/dossiers/${code}/progress`, step);

      expect(answer.status).to.equal(409);
      expect(answer.json.code).to.equal('DOSSIER_MOVE_NOT_ALLOWED');
      expect(answer.json.detail).to.include('Được tiếp nhận').and.to.include('Không được tiếp nhận');
      expect((await dossier(commune, code)).state).to.equal(2);
      expect((await dossier(commune, code)).packages).to.have.length(1);
    });

    it('lets one of two conflicting moves at the same instant win', async () => {
      const code = '000.21.32.H99-261120-9003';
      await submit(commune, application({ code, procedureCode: '1.000001' }));
      const stop = { state: 8, handler: 'Một', content: 'Dừng xử lý' };
      const finish = { state: 9, handler: 'Hai', content: 'Xong' };

      const answers = await Promise.all(
        [stop, finish].map((step) => commune.postJson(`/api/v1/dossiers/${code}/progress`, step)),
      );

      expect(answers.map((answer) => answer.status).sort()).to.deep.equal([202, 409]);
      const winner = answers[0]?.status === 202 ? 8 : 9;
      expect((await dossier(commune, code)).state).to.equal(winner);
    });

    it('sends steps to the portal after the dossier and in the order they were told, though the portal is slow', async () => {
      const code = '000.21.32.H99-261120-9004';
      world.portal.behaviour.set({ mode: 'slow', delayMs: 150, count: 4 });
      await submit(commune, application({ code, procedureCode: '1.000001' }));
      for (const [state, content] of [
        [4, 'Phân công'],
        [5, 'Bổ sung'],
        [4, 'Đã bổ sung'],
      ] as const) {
        acceptedId(
          await commune.postJson(`/api/v1/dossiers/${code}/progress`, { state, handler: 'Cán bộ', content }),
        );
      }

      const packages = await eventually(
        async () => (await dossier(commune, code)).packages as { state: string }[],
        (list) => list.length === 4 && list.every((pkg) => TERMINAL.includes(pkg.state)),
      );

      expect(packages.map((pkg) => pkg.state)).to.deep.equal(Array(4).fill('delivered'));
      const effects = world.portal.ledger.entries().filter((entry) => entry.id === code);
      expect(effects.map((entry) => [entry.kind, entry.facts?.['state']])).to.deep.equal([
        ['dossier', '2'],
        ['progress', '4'],
        ['progress', '5'],
        ['progress', '4'],
      ]);
    });

    it('gives two dossiers posted at once under one Idempotency-Key one code', async () => {
      const metadata = application({ procedureCode: '1.000001' });
      const key = { 'idempotency-key': 'ho-so-mot-lan' };

      const answers = await Promise.all(
        [1, 2, 3, 4].map(() => commune.postForm('/api/v1/dossiers', metadata, FILES, key)),
      );

      for (const answer of answers) acceptedId(answer);
      expect(new Set(answers.map((answer) => answer.json.code)).size).to.equal(1);
      expect(new Set(answers.map((answer) => answer.json.packageId)).size).to.equal(1);
    });

    it('numbers dossiers of one agency and day without a gap or a repeat', async () => {
      const metadata = application({ procedureCode: '1.000001' });

      const codes = await Promise.all(
        [1, 2, 3, 4, 5, 6].map(async () => (await submit(commune, metadata)).code),
      );

      const numbers = codes.map((code) => Number(code.split('-').at(-1))).sort((a, b) => a - b);
      const first = numbers[0] ?? 0;
      expect(numbers).to.deep.equal([0, 1, 2, 3, 4, 5].map((step) => first + step));
    });

    it('keeps a dossier of one agency from another: no state, no result, no step', async () => {
      const { code, packageId } = await submit(commune, application({ procedureCode: '1.000001' }));
      const district = await world.as(AGENCY.district);
      const step = { state: 4, handler: 'Người lạ', content: 'x' };

      const answers = [
        await district.get(`/api/v1/dossiers/${code}`),
        await district.get(`/api/v1/dossiers/${code}/result`),
        await district.postJson(`/api/v1/dossiers/${code}/progress`, step),
        await district.get(`/api/v1/packages/${packageId}`),
        await district.get(`/api/v1/packages/${packageId}/content`),
      ];

      expect(answers.map((answer) => answer.status)).to.deep.equal([404, 404, 404, 404, 404]);
      const list = await district.get('/api/v1/dossiers');
      expect(list.json.items.map((item: { code: string }) => item.code)).to.not.include(code);
    });

    it('keeps the applicant sealed in the database', async () => {
      const { code } = await submit(commune, application({ procedureCode: '1.000001' }));

      const { store } = world.gateway.deps.x;
      const row = await store.read
        .selectFrom('dossiers')
        .selectAll()
        .where('code', '=', code)
        .executeTakeFirst();
      const packages = await store.read
        .selectFrom('packages')
        .selectAll()
        .where('dossier_code', '=', code)
        .execute();
      const events = await store.read.selectFrom('events').selectAll().execute();

      const kept = JSON.stringify([row, packages, events]);
      expect(kept).to.not.include('Trần Thị Thử');
      expect(kept).to.not.include('012345678901');
    });
  });

  for (const [what, verdict, change] of [
    ['tampered with', 'TOTAL-FAILED', tampered],
    ['not signed', 'NO-SIGNATURE', (_signed: Uint8Array, unsigned: Uint8Array) => unsigned],
  ] as const) {
    it(`holds a ministry's result that is ${what}: kept, shown, not passed on`, async () => {
      const world = await startWorld({ ministryResult: change, resultAfterPulls: 1 });
      try {
        const commune = await world.as(AGENCY.commune);
        const { code, packageId } = await submit(commune);

        const held = await eventually(
          () => dossier(commune, code),
          (seen) => seen.result !== null && seen.portal.state !== null,
        );

        expect(held.result.verdict).to.equal(verdict);
        expect(held.state).to.not.equal(9);
        const pulls = world.judicial.ledger.entries().length;
        const parked = (await commune.events(packageId)).filter((event) => event.type === 'parked');
        expect(parked.map((event) => event.data['code'])).to.deep.equal(['RESULT_NOT_VERIFIED']);
        expect((await commune.inbox('?kind=result')).items).to.have.length(0);
        expect(world.portal.holdings()[0]?.row.TrangThaiHoSo).to.not.equal('9');
        expect(pulls).to.be.greaterThan(1);
      } finally {
        await world.close();
      }
    });
  }
});

/** One digit of the visible text changed after signing. */
function tampered(signed: Uint8Array): Uint8Array {
  const bytes = Buffer.from(signed);
  const at = bytes.indexOf('%PDF-1.') + 7;
  bytes[at] = bytes[at] === 0x37 ? 0x36 : 0x37;
  return bytes;
}
