import { expect } from 'chai';
import {
  ConnectorError,
  createNationalPortalClient,
  createNationalPortalClientB,
  type NationalPortalB,
  type NationalPortalClientB,
  type PortalDossier,
  startNationalPortal,
  startNationalPortalB,
} from '../../../src/connectors/index.ts';

const DOSSIER: PortalDossier = {
  code: 'H15.50.05.13-261120-0001',
  procedureCode: '1.000001',
  procedureName: 'Đăng ký thử',
  fieldCode: 'L1',
  fieldName: 'Thử',
  channel: 1,
  owner: { name: 'Trần Thị Thử', kind: 1, identities: [{ kind: 1, number: '012345678901' }] },
  receivedAt: new Date('2026-11-20T01:30:00Z'),
  state: 2,
  deliveryForm: 0,
  processingUnit: 'UBND phường Mẫu',
  files: [{ name: 'to-khai.pdf', digitized: true, content: () => Promise.resolve(Buffer.from('%PDF-1.7')) }],
};

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConnectorError) return error.code;
    throw error;
  }
  return 'fine';
}

describe('national portal, generation B', () => {
  let portal: NationalPortalB;
  let client: NationalPortalClientB;
  before(async () => {
    portal = await startNationalPortalB({ clientId: 'c', clientSecret: 's' });
    client = createNationalPortalClientB({
      baseUrl: portal.url,
      clientId: 'c',
      clientSecret: 's',
      unitCode: 'H15.50.05.13',
    });
  });
  after(() => portal.close());

  it('uploads, creates, tells steps and states; a dossier that is there already is updated', async () => {
    const created = await client.syncDossier(DOSSIER);
    const step = {
      dossierCode: DOSSIER.code,
      handler: 'Cán bộ',
      handledAt: new Date(),
      content: 'Thẩm định',
      state: 4 as const,
    };
    await client.updateProgress([step]);
    const fees = [{ name: 'Phí', code: 'P1', collectedAt: 1 as const, amountVnd: 135_000, kind: 1 as const }];
    await client.syncDossier({ ...DOSSIER, state: 6, fees }, { known: true });
    const results = [{ name: 'ket-qua.pdf', content: () => Promise.resolve(Buffer.from('%PDF-kq')) }];
    await client.syncDossier({ ...DOSSIER, state: 9, results }, { known: true });
    const again = await client.syncDossier({ ...DOSSIER, state: 10, fees, results });

    expect([created, again]).to.deep.equal([{ updated: false }, { updated: true }]);
    const [held] = portal.holdings();
    expect(held).to.deep.include({ state: 10, fees: 135_000, results: ['ket-qua.pdf'] });
    expect(held?.files).to.have.length(1);
    expect(held?.steps).to.deep.equal([{ state: 4, content: 'Thẩm định' }]);
    expect((await client.lookup(DOSSIER.code))?.state).to.equal(10);
    expect(await client.lookup('H15-261120-9999')).to.equal(undefined);
  });

  it('is given dossier numbers one after the other', async () => {
    const codes = [await client.nextCode('1.000001'), await client.nextCode('1.000001')];

    expect(codes).to.deep.equal(['G22.99-261120-000001', 'G22.99-261120-000002']);
  });

  it('renews a refused token once, and says so when the account itself is refused', async () => {
    portal.behaviour.set({ mode: 'wrong-session', count: 1 });

    expect(await codeOf(() => client.lookup(DOSSIER.code))).to.equal('fine');
    const stranger = createNationalPortalClientB({
      baseUrl: portal.url,
      clientId: 'c',
      clientSecret: 'x',
      unitCode: 'H',
    });
    expect(await codeOf(() => stranger.lookup(DOSSIER.code))).to.equal('CONNECTOR_AUTH_FAILED');
  });

  it('refuses a dossier that breaks the rules before it is sent, and calls that belong to generation A', async () => {
    expect(await codeOf(() => client.syncDossier({ ...DOSSIER, processingUnit: '' }))).to.equal(
      'CONNECTOR_INVALID_DOCUMENT',
    );
    expect(await codeOf(() => client.catalogue('LayDanhSachTTHC'))).to.equal('CONNECTOR_REFUSED');
  });
});

describe('national portal, generation A: questions', () => {
  it('lists what citizens asked and reads the answers, however the keys are spelt', async () => {
    const questions = [
      { id: 'CH1', title: 'T', content: 'Bao giờ xong?', askedBy: 'A', answer: 'Ngày mai' },
      { id: 'CH2', title: 'T', content: 'Nộp ở đâu?', askedBy: 'B' },
    ];
    const accounts = [{ username: 'u', password: 'p', unitCode: 'H' }];
    const portal = await startNationalPortal({ accounts, questions });
    const client = createNationalPortalClient({
      baseUrl: portal.url,
      username: 'u',
      password: 'p',
      unitCode: 'H',
    });
    try {
      const list = await client.questions('portal');

      expect(list.map(({ id, content }) => [id, content])).to.deep.equal([
        ['CH1', 'Bao giờ xong?'],
        ['CH2', 'Nộp ở đâu?'],
      ]);
      expect(await client.questions('agency')).to.have.length(2);
      expect(await client.answer('CH1')).to.equal('Ngày mai');
      expect(await client.answer('CH2')).to.equal(undefined);
      expect(await client.answer('CH9')).to.equal(undefined);
    } finally {
      await portal.close();
    }
  });
});
