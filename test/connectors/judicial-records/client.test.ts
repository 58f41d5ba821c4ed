import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  buildRecordPdf,
  createJudicialRecordsClient,
  type JudicialRecordsClient,
  type JudicialRecordsClientOptions,
  type JudicialRecordsOptions,
  type JudicialRequest,
  type Simulator,
  startJudicialRecords,
} from '../../../src/connectors/index.ts';
import { withPreparedHttp } from '../../support/http.ts';
import { failsWith } from '../support/fails.ts';

const CODE = 'H99.14-261120-0001';

function request(more: Partial<JudicialRequest> = {}): JudicialRequest {
  return {
    dossierCode: CODE,
    receivedAt: new Date('2026-11-20T01:30:00Z'),
    source: 3,
    sourceName: 'Một cửa',
    form: 1,
    purpose: 'Xin việc làm',
    copies: 1,
    applicant: {
      fullName: 'Nguyễn Thị Thử',
      gender: 2,
      birthDate: '1990-01-31',
      identity: { kind: 1, kindName: 'CCCD', number: '012345678901' },
    },
    files: [{ kind: 'Tờ khai', name: 'to-khai.pdf', content: Buffer.from('%PDF-1.4') }],
    ...more,
  };
}

describe('judicial records client', () => {
  let ministry: Simulator;
  let client: JudicialRecordsClient;
  let clock: Date;

  async function start(more: Partial<JudicialRecordsOptions> = {}): Promise<void> {
    ministry = await startJudicialRecords({
      provinces: [{ code: '99', authKey: 'khoa' }],
      now: () => clock,
      ...more,
    });
    client = connect();
  }

  function connect(more: Partial<JudicialRecordsClientOptions> = {}): JudicialRecordsClient {
    return createJudicialRecordsClient({
      baseUrl: ministry.url,
      authKey: 'khoa',
      provinceCode: '99',
      provinceName: 'Tỉnh Thử nghiệm',
      ...more,
    });
  }

  beforeEach(() => {
    clock = new Date('2026-11-20T03:00:00Z');
  });

  afterEach(() => ministry.close());

  it('gets the result, signed by what it was given, after some pulls', async () => {
    const signResult = async (pdf: Uint8Array) => Buffer.concat([pdf, Buffer.from('% đã ký\n')]);
    await start({ resultAfterPulls: 2, signResult });

    const submitted = await client.submit(request());
    const first = await client.pullStatus(CODE);
    const second = await client.pullStatus(CODE);
    const third = await client.pullStatus(CODE);

    expect(submitted).to.deep.equal({ existed: false });
    expect(first).to.deep.equal({ dossierCode: CODE, state: 4 });
    expect(second?.state).to.equal(9);
    expect(second?.result).to.include({
      number: '0001/LLTP-THỬ',
      date: '2026-11-20',
      signerPosition: 'Giám đốc',
    });
    expect(Buffer.from(second?.result?.pdf ?? []).toString()).to.match(/^%PDF-1\.7[\s\S]*% đã ký\n$/);
    expect(third?.result).to.deep.equal(second?.result);
    expect(ministry.ledger.entries().map((entry) => entry.kind)).to.deep.equal(['request', 'result']);
  });

  it('gets the result after a while, by the ministry’s clock', async () => {
    await start({ resultAfterMs: 60_000 });
    await client.submit(request());

    const early = await client.pullStatus(CODE);
    clock = new Date(clock.getTime() + 60_000);
    const later = await client.pullStatus(CODE);

    expect(early?.result).to.equal(undefined);
    expect(later?.result?.number).to.equal('0001/LLTP-THỬ');
  });

  it('learns that a repeated submission added nothing, and the ledger shows it', async () => {
    await start();

    await client.submit(request());
    const again = await client.submit(request());

    expect(again).to.deep.equal({ existed: true });
    expect(ministry.ledger.duplicates().map((entry) => entry.duplicateOf)).to.deep.equal([CODE]);
  });

  it('settles a dropped answer by asking for the state', async () => {
    await start();
    ministry.behaviour.set({ mode: 'drop-answer', count: 1 });

    const error = await failsWith('CONNECTOR_UNREACHABLE', client.submit(request()));

    expect(error.effect).to.equal('unknown');
    expect(await client.pullStatus(CODE)).to.include({ state: 4 });
    expect(await client.pullStatus('H99.14-261120-9999')).to.equal(undefined);
  });

  it('reports a refused key, by wrong key and by misbehaviour', async () => {
    await start();

    await failsWith('CONNECTOR_AUTH_FAILED', connect({ authKey: 'sai' }).submit(request()));
    await failsWith('CONNECTOR_AUTH_FAILED', connect({ authKey: 'sai' }).pullStatus(CODE));
    ministry.behaviour.set({ mode: 'wrong-session', count: 1 });
    await failsWith('CONNECTOR_AUTH_FAILED', client.submit(request()));
    expect(await client.submit(request())).to.deep.equal({ existed: false });
  });

  it('names every fault of a request before sending it', async () => {
    await start();

    const bad = request({ copies: 0, files: [{ kind: 'a', name: 'b', content: Buffer.alloc(0) }] });
    const error = await failsWith('CONNECTOR_INVALID_DOCUMENT', client.submit(bad));

    expect(error.details.fields).to.deep.equal(['toKhai.soLuongCap', 'fileHoSo']);
    expect(ministry.ledger.entries()).to.have.length(0);
  });

  it('outlives faults and silence', async () => {
    await start();
    ministry.behaviour.set({ mode: 'error500', count: 1 });
    await failsWith('CONNECTOR_REMOTE_FAULT', client.submit(request()));
    ministry.behaviour.set({ mode: 'silent', count: 1 });
    await failsWith('CONNECTOR_TIMEOUT', connect({ timeoutMs: 1_000 }).submit(request()));

    expect(await client.submit(request())).to.deep.equal({ existed: false });
  });

  for (const [why, value] of [
    ['a result that is no PDF', result('PGh0bWw+')],
    ['a result that is no base64', result('***')],
    ['a state outside 1 to 10', [{ maHoSoMCDT: CODE, trangThaiXuLy: 42 }]],
  ] as const) {
    it(`refuses ${why}`, async () => {
      await start();

      await withPreparedHttp([pulled(value)], () =>
        failsWith('CONNECTOR_BAD_ANSWER', connect({ baseUrl: 'http://btp.test' }).pullStatus(CODE)),
      );
    });
  }

  it('reads rows wrapped in a second array, and the reason of a refusal', async () => {
    await start();

    await withPreparedHttp(
      [pulled([[{ maHoSoMCDT: CODE, trangThaiXuLy: '3', lyDoTuChoi: 'Thiếu giấy tờ' }]])],
      async () => {
        const status = await connect({ baseUrl: 'http://btp.test' }).pullStatus(CODE);

        expect(status).to.deep.equal({ dossierCode: CODE, state: 3, reason: 'Thiếu giấy tờ' });
      },
    );
  });
});

describe('the PDF of a simulated record', () => {
  const lines = ['CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', '', 'Họ và tên: Nguyễn Thị Đường, ở phường Ỷ La'];

  it('reads back as Vietnamese', () => {
    const text = run('pdftotext', ['-layout', '-', '-'], buildRecordPdf(lines));

    for (const line of lines) expect(text).to.contain(line);
  });

  it('is sound in structure', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'record-'));
    try {
      const file = join(dir, 'record.pdf');
      await writeFile(file, buildRecordPdf(Array.from({ length: 100 }, (_, at) => `Dòng ${at}`)));

      expect(run('qpdf', ['--check', file])).to.contain('No syntax or stream encoding errors found');
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

function run(command: string, args: string[], input: Uint8Array = Buffer.alloc(0)): string {
  const done = spawnSync(command, args, { input });
  expect(done.status, String(done.stderr)).to.equal(0);
  return done.stdout.toString('utf8');
}

function result(phieuLLTP: string) {
  return [
    {
      maHoSoMCDT: CODE,
      trangThaiXuLy: 9,
      ketQuaXuLy: { soPhieuLLTP: '1', ngayCapPhieu: '2026-11-20', phieuLLTP },
    },
  ];
}

function pulled(value: unknown) {
  const body = JSON.stringify({ status: '1', statusDescription: '', value });
  return { origin: 'http://btp.test', path: '/v2/lyLichTuPhap/layTrangThaiHoSoLLTP', body };
}
