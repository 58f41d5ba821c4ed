import { createHash } from 'node:crypto';
import { expect } from 'chai';
import {
  ConnectorError,
  type ConnectorErrorCode,
  createBusinessRegistryClient,
  createCivilStatusClient,
  createDocumentStoreClient,
  createLandTaxClient,
  createLinkedServiceClient,
  createPaymentClient,
  createPopulationClient,
  createVnpostClient,
  parseTaxNotice,
  paymentChecksum,
  type Simulator,
  startBusinessRegistry,
  startCivilStatus,
  startDocumentStore,
  startLandTax,
  startLinkedService,
  startPayment,
  startPopulation,
  startVnpost,
} from '../../../src/connectors/index.ts';

/** 15:04:05 in Vietnam: after noon, where a 12-hour clock shows. */
const NOW = new Date('2026-11-20T08:04:05Z');
const now = (): Date => NOW;

async function failure(work: () => Promise<unknown>): Promise<ConnectorError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

async function fails(work: () => Promise<unknown>, code: ConnectorErrorCode): Promise<void> {
  expect((await failure(work)).code).to.equal(code);
}

/** A service that answers every call in the same way. */
function answering(status: number, body: string): typeof fetch {
  return () =>
    Promise.resolve(new Response(body, { status, headers: { 'content-type': 'application/json' } }));
}

describe('connectors: ministries and services', () => {
  const open: Simulator[] = [];
  async function kept<T extends Simulator>(starting: Promise<T>): Promise<T> {
    const simulator = await starting;
    open.push(simulator);
    return simulator;
  }
  after(async () => {
    for (const simulator of open) await simulator.close();
  });

  describe('payment', () => {
    const order = {
      reference: 'GD-1',
      amountVnd: 200_000,
      description: 'THANH TOAN HO SO',
      ip: '10.0.0.1',
      dossierCode: 'H56.14-261120-0001',
      procedureCode: '2.000488',
      procedureName: 'Cấp Phiếu lý lịch tư pháp',
      agencyCode: 'H56.14',
      agencyName: 'Sở Tư pháp',
      beneficiary: { account: '1', bankCode: 'B', name: 'Sở' },
      payer: { name: 'Trần Thị Thử', idNumber: '012345678901', address: 'Mẫu' },
      items: [{ name: 'Phí', amountVnd: 200_000, kind: 'Phi' as const }],
    };

    it('starts a payment after noon, once per reference, and gets the receipt when it is paid', async () => {
      const simulator = await kept(startPayment({ partnerCode: 'H99', secret: 'bi-mat' }));
      const client = createPaymentClient({
        baseUrl: simulator.url,
        partnerCode: 'H99',
        secret: 'bi-mat',
        now,
      });

      const { url } = await client.init(order);
      const before = await client.receipt('GD-1');
      await fetch(`${simulator.url}/pay/GD-1`, { method: 'POST' });
      const receipt = await client.receipt('GD-1');

      expect(url).to.include('GD-1');
      expect(before).to.equal(undefined);
      expect(
        Buffer.from(receipt ?? [])
          .subarray(0, 5)
          .toString(),
      ).to.equal('%PDF-');
      await fails(() => client.init(order), 'CONNECTOR_ALREADY_EXISTS');
      const wrong = createPaymentClient({ baseUrl: simulator.url, partnerCode: 'H99', secret: 'khac', now });
      await fails(() => wrong.init({ ...order, reference: 'GD-2' }), 'CONNECTOR_AUTH_FAILED');
      await fails(() => client.init({ ...order, amountVnd: 1 }), 'CONNECTOR_INVALID_DOCUMENT');
    });

    it('sums plainly over the fields in the order of the message, on a clock of 24 hours', async () => {
      let sent: Record<string, string> = {};
      const fetchIt: typeof fetch = async (_url, init) => {
        sent = JSON.parse(String(init?.body)) as Record<string, string>;
        return new Response(JSON.stringify({ error_code: 0, message: '{"UrlThanhToan":"https://a.vn/b"}' }));
      };
      await createPaymentClient({
        baseUrl: 'http://p',
        partnerCode: 'H99',
        secret: 'S',
        now,
        fetch: fetchIt,
      }).init(order);

      expect(sent['ThoiGianGD']).to.equal('20261120150405');
      const text = `INIT|1.0.6|H99|GD-1|200000|PAY|1|1|vi-VN|VND|PAYMENT|THANH TOAN HO SO|20261120150405|10.0.0.1|S`;
      expect(sent['MaXacThuc']).to.equal(createHash('sha256').update(text).digest('hex'));
      expect(paymentChecksum(['a', 'b'], 'c')).to.equal(createHash('sha256').update('a|b|c').digest('hex'));
      expect(JSON.stringify(sent)).to.not.include('"S"');
    });
  });

  it('civil status: registers a birth, asks for what the form lacks, tells a repeat from a new dossier', async () => {
    const simulator = await kept(startCivilStatus({ token: 't' }));
    const authorization = { header: () => Promise.resolve('Bearer t'), drop: () => undefined };
    const client = createCivilStatusClient({ baseUrl: simulator.url, provinceCode: '58', authorization });
    const form = {
      nksHoTen: 'Trần Văn Mới',
      nksNgaySinh: '01/11/2026',
      nycHoTen: 'Trần Thị Thử',
      meHoTen: 'Trần Thị Thử',
    };
    const request = {
      module: 'LTKS' as const,
      placeCode: '25456',
      dossierCode: 'H56.32.05-261120-0001',
      receivedAt: NOW,
      form,
      files: [{ id: 1, kind: 1, title: 'Giấy chứng sinh', name: 'gcs.pdf', content: Buffer.from('%PDF-') }],
    };

    expect(await client.submit(request)).to.deep.equal({ existed: false });
    expect(await client.submit(request)).to.deep.equal({ existed: true });
    expect((await client.result('LTKS', request.dossierCode))?.state).to.equal(3);
    const done = await client.result('LTKS', request.dossierCode);
    const { meHoTen: _, ...short } = form;
    await client.submit({ ...request, dossierCode: 'H56.32.05-261120-0002', form: short });

    expect(done?.registered).to.include({ number: '1/2026', book: '01' });
    expect(done?.registered?.personalNumber).to.match(/^\d{12}$/);
    expect((await client.result('LTKS', 'H56.32.05-261120-0002'))?.note).to.include('meHoTen');
    expect(await client.result('LTKH', request.dossierCode)).to.equal(undefined);
    await fails(() => client.submit({ ...request, module: 'LTKH' }), 'CONNECTOR_INVALID_DOCUMENT');
    simulator.behaviour.set({ mode: 'wrong-session', count: 5 });
    await fails(() => client.result('LTKS', request.dossierCode), 'CONNECTOR_AUTH_FAILED');
  });

  it('linked services: lists, reads, takes over and answers a dossier, renewing a lost token by itself', async () => {
    const dossiers = [{ linkedCode: 'LT-1', module: 'KS' as const, payload: '<hoSo><hoTich/></hoSo>' }];
    const simulator = await kept(startLinkedService({ username: 'u', password: 'p', dossiers }));
    const client = createLinkedServiceClient({ baseUrl: simulator.url, username: 'u', password: 'p', now });
    const status = {
      procedureCode: '2.002621',
      linkedCode: 'LT-1',
      agency: 'H56.32.05',
      dossierCode: 'H56.32.05-261120-0001',
      state: 4 as const,
      at: NOW,
      handler: 'Cán bộ',
      content: 'Đã đăng ký',
    };

    const [first] = await client.list('KS');
    simulator.behaviour.set({ mode: 'wrong-session', count: 1 });
    const detail = await client.detail('KS', 'LT-1');
    await client.markReceived('LT-1');
    await client.tellStatus(status);

    expect(first).to.deep.equal({ linkedCode: 'LT-1', procedureCode: '2.002621', module: 'KS' });
    expect(detail.payload).to.include('<hoTich/>');
    expect(await client.list('KS')).to.deep.equal([]);
    expect(simulator.ledger.entries().map(({ kind }) => kind)).to.deep.equal(['received', 'status']);
    await fails(() => client.detail('KS', 'LT-9'), 'CONNECTOR_NOT_FOUND');
    const stranger = createLinkedServiceClient({ baseUrl: simulator.url, username: 'u', password: 'x' });
    await fails(() => stranger.list('KT'), 'CONNECTOR_AUTH_FAILED');
  });

  it('land: hands a dossier in once, tells a payment, refuses what the register would refuse', async () => {
    const simulator = await kept(startLandTax({ username: 'u', password: 'p' }));
    const client = createLandTaxClient({ baseUrl: simulator.url, username: 'u', password: 'p', now });
    const intake = {
      dossierCode: 'H56.32.10-261120-0007',
      receiptNumber: 'BN-7',
      isProvincial: false,
      provinceId: '38',
      wardId: '14800',
      receivedAt: NOW,
      dueAt: new Date(NOW.getTime() + 86_400_000),
      applicant: { name: 'Trần Thị Thử', idNumber: '012345678901', address: 'Mẫu' },
      procedureCode: '1.000001',
      procedureName: 'Đăng ký đất đai',
      parcel: { number: '12', mapSheet: '3', areaSquareMetres: 100.5 },
      papers: [
        { name: 'Đơn', originals: 1, copies: 0, file: { name: 'don.pdf', content: Buffer.from('%PDF-') } },
      ],
    };

    expect(await client.submit(intake)).to.deep.equal({ existed: false });
    simulator.behaviour.set({ mode: 'wrong-session', count: 1 });
    expect(await client.submit(intake)).to.deep.equal({ existed: true });
    await client.tellPaid({
      dossierCode: intake.dossierCode,
      taxCode: '8000000000',
      payer: intake.applicant,
      description: 'Lệ phí trước bạ',
      paidAt: NOW,
      noticeNumber: 'TB-1',
      amountVnd: 1_250_000,
    });

    expect(simulator.ledger.entries().map(({ kind }) => kind)).to.deep.equal(['intake', 'intake', 'voucher']);
    await fails(() => client.submit({ ...intake, dueAt: new Date(0) }), 'CONNECTOR_INVALID_DOCUMENT');
    const stranger = createLandTaxClient({ baseUrl: simulator.url, username: 'u', password: 'x' });
    await fails(() => stranger.submit(intake), 'CONNECTOR_AUTH_FAILED');
  });

  it('tax notices: reads every line, and names the field of a bad one', async () => {
    const line = (more = '') =>
      `<LIST><MA_SO_THUE>8000000000</MA_SO_THUE><SO_QUYET_DINH>LTB1/TB-CCT</SO_QUYET_DINH><NGAY_QUYET_DINH>20-10-2026</NGAY_QUYET_DINH><TEN_TIEUMUC>Lệ phí trước bạ</TEN_TIEUMUC><SO_TIEN>1250000</SO_TIEN>${more}</LIST>`;
    const notice = (inner: string) =>
      Buffer.from(
        `<DATA><HEADER/><BODY><ROW_LIST><MA_HSO>H56.32.10-261015-0007</MA_HSO>${inner}</ROW_LIST></BODY></DATA>`,
      );

    const [read] = await parseTaxNotice(notice(line() + line()));

    expect(read?.dossierCode).to.equal('H56.32.10-261015-0007');
    expect(read?.lines).to.have.length(2);
    expect(read?.lines[0]).to.deep.equal({
      taxCode: '8000000000',
      decisionNumber: 'LTB1/TB-CCT',
      decidedOn: '2026-10-20',
      item: 'Lệ phí trước bạ',
      amountVnd: 1_250_000,
    });
    for (const [bytes, field] of [
      [notice(line().replace('1250000', 'nhiều')), 'SO_TIEN'],
      [notice(line().replace('20-10-2026', '2026-10-20')), 'NGAY_QUYET_DINH'],
      [notice(''), 'LIST'],
      [Buffer.from('<A/>'), 'DATA.BODY.ROW_LIST'],
      [Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><DATA>&b;</DATA>'), 'DATA'],
    ] as const)
      expect((await failure(() => parseTaxNotice(bytes))).details.fields).to.deep.equal([field]);
  });

  it('enterprises: one representative or several, none for a number nobody has', async () => {
    const simulator = await kept(startBusinessRegistry({ token: 't' }));
    const authorization = { header: () => Promise.resolve('Bearer t'), drop: () => undefined };
    const client = createBusinessRegistryClient({ baseUrl: simulator.url, authorization });

    const one = await client.find('0100000001');

    expect(one).to.include({ name: 'CÔNG TY TNHH THỬ NGHIỆM MỘT', status: 'Đang hoạt động' });
    expect(one?.representatives).to.deep.equal(['NGUYỄN VĂN THỬ']);
    expect((await client.find('0100000002'))?.representatives).to.have.length(2);
    expect(await client.find('0100000009')).to.equal(undefined);
    await fails(() => client.find('12 OR 1=1'), 'CONNECTOR_INVALID_DOCUMENT');
    await fails(
      () => createBusinessRegistryClient({ baseUrl: simulator.url }).find('0100000001'),
      'CONNECTOR_AUTH_FAILED',
    );
  });

  it('citizens: only when number, name and birth belong together; nothing of them in errors', async () => {
    const citizen = {
      personalNumber: '079190000001',
      fullName: 'Trần Thị Thử',
      born: '19900201',
      gender: 'Nữ',
      address: 'Số 1 & 2',
    };
    const citizens = [{ ...citizen, address: 'Số 1, Mẫu' }];
    const simulator = await kept(
      startPopulation({ clientId: 'c', apiKey: 'k', username: 'u', secret: 's', citizens }),
    );
    const options = { url: `${simulator.url}/`, clientId: 'c', apiKey: 'k', username: 'u', secret: 's', now };
    const client = createPopulationClient(options);
    const officer = { id: '1', unit: 'H56.14', account: 'cb' };
    const query = (more: object) => ({
      requestId: 'Q1',
      officer,
      citizen: {
        personalNumber: citizen.personalNumber,
        fullName: 'Trần Thị thử',
        born: '1990-02-01',
        ...more,
      },
    });

    expect(await client.find(query({}))).to.deep.equal({
      personalNumber: '079190000001',
      fullName: 'Trần Thị Thử',
      born: '1990-02-01',
      gender: 'Nữ',
      permanentAddress: 'Số 1, Mẫu',
    });
    expect(await client.matches(query({ born: '1990' }))).to.equal(true);
    expect(await client.matches(query({ fullName: 'Trần <b>&' }))).to.equal(false);
    expect(await client.find(query({ born: '1991' }))).to.equal(undefined);
    const bad = await failure(() => client.find(query({ personalNumber: '079190000' })));
    expect([bad.code, bad.details.fields, bad.message.includes('079190000')]).to.deep.equal([
      'CONNECTOR_INVALID_DOCUMENT',
      ['SoDinhDanh'],
      false,
    ]);
    await fails(
      () => createPopulationClient({ ...options, secret: 'x' }).matches(query({})),
      'CONNECTOR_AUTH_FAILED',
    );
    const notXml = createPopulationClient({ ...options, fetch: answering(200, 'xin chào') });
    await fails(() => notXml.matches(query({})), 'CONNECTOR_BAD_ANSWER');
  });

  it('post: takes an order once and follows it', async () => {
    const simulator = await kept(startVnpost({ customerCode: 'H99', apiKey: 'k' }));
    const client = createVnpostClient({ baseUrl: simulator.url, customerCode: 'H99', apiKey: 'k' });
    const end = { provinceCode: 72, address: '1 Lê Lợi', name: 'Sở', phone: '02763822000' };
    const order = {
      orderNumber: 'VD-1',
      sender: end,
      receiver: end,
      codAmountVnd: 0,
      description: 'Kết quả',
    };

    const first = await client.order(order);
    const again = await client.order(order);

    expect(first.existed).to.equal(false);
    expect(again).to.deep.equal({ itemCode: first.itemCode, existed: true });
    expect((await client.track('VD-1'))?.state).to.equal(1);
    expect((await client.track('VD-1'))?.state).to.equal(2);
    expect(await client.track('VD-9')).to.equal(undefined);
    await fails(
      () => client.order({ ...order, receiver: { ...end, phone: '' } }),
      'CONNECTOR_INVALID_DOCUMENT',
    );
  });

  it('papers: found for the owner or through an officer, and fetched', async () => {
    const paper = {
      ownerId: '079190000001',
      resultCode: 'KQ.1',
      name: 'Phiếu',
      number: '1/LLTP',
      holder: 'H99.13',
    };
    const simulator = await kept(startDocumentStore({ papers: [paper] }));
    const client = createDocumentStoreClient({ baseUrl: simulator.url });
    const query = {
      channel: 2 as const,
      ownerId: paper.ownerId,
      requester: { name: 'Cán bộ', id: '079190000009' },
      procedureCode: '2.000488',
      wanted: [{ resultCode: 'KQ.1' }],
    };

    const [found] = await client.find(query);
    const bytes = await client.fetchFile(found?.holder ?? '', found?.files[0]?.path ?? '');

    expect(found).to.include({ number: '1/LLTP', holder: 'H99.13' });
    expect(Buffer.from(bytes).subarray(0, 5).toString()).to.equal('%PDF-');
    await fails(() => client.find({ ...query, channel: 1 }), 'CONNECTOR_REFUSED');
    await fails(() => client.fetchFile('H99.13', '/../x'), 'CONNECTOR_NOT_FOUND');
  });

  it('all of them: an answer that breaks its format is told with its fields, a fault may be tried again', async () => {
    const clients = (fetchIt: typeof fetch) => {
      const o = { baseUrl: 'http://x', fetch: fetchIt };
      return [
        () => createVnpostClient({ ...o, customerCode: 'c', apiKey: 'k' }).track('1'),
        () => createCivilStatusClient({ ...o, provinceCode: '1' }).result('LTKS', 'c'),
        () => createDocumentStoreClient(o).fetchFile('a', 'b'),
        () => createLinkedServiceClient({ ...o, username: 'u', password: 'p' }).list('KS'),
      ];
    };

    for (const call of clients(answering(200, '{"status":{}}'))) await fails(call, 'CONNECTOR_BAD_ANSWER');
    for (const call of clients(answering(503, '')))
      expect((await failure(call)).retryable, String(call)).to.equal(true);
    for (const call of clients(answering(400, ''))) expect((await failure(call)).retryable).to.equal(false);
  });
});
