/**
 * Writes the recorded part of docs/connectors/*.md: each client speaks with its simulator, and what passed between them is
 * set down. `npx tsx scripts/connector-pages.ts --write`; without it, the pages go to stdout. A test keeps them equal.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  createBusinessRegistryClient,
  createCivilStatusClient,
  createDocumentStoreClient,
  createJudicialRecordsClient,
  createLandTaxClient,
  createLinkedServiceClient,
  createMappedClient,
  createPaymentClient,
  createPopulationClient,
  createVnpostClient,
  parseMapping,
  type Simulator,
  startBusinessRegistry,
  startCivilStatus,
  startCustoms,
  startDocumentStore,
  startJudicialRecords,
  startLandTax,
  startLinkedService,
  startPayment,
  startPopulation,
  startSocialInsurance,
  startTreasury,
  startVnpost,
} from '../src/connectors/index.ts';

const BEGIN = '<!-- recorded:begin -->';
const END = '<!-- recorded:end -->';

/** The page of a system. */
export function pageOf(system: string): string {
  return fileURLToPath(new URL(`../docs/connectors/${system}.md`, import.meta.url));
}

/** A page with its recorded part replaced. */
export function withRecorded(page: string, recorded: string): string {
  const [head = ''] = page.split(BEGIN);
  return `${head}${BEGIN}\n${recorded}\n${END}${page.split(END)[1] ?? '\n'}`;
}

const NOW = new Date('2026-11-20T08:04:05Z');
const now = (): Date => NOW;
const PDF = Buffer.from('%PDF-');
/** Long runs of base64, passwords and tokens say nothing to a reader, and some differ every time. */
const LONG_BASE64 = /[A-Za-z0-9+/]{120,}={0,2}/g;
const SECRET_HEADERS = /^(authorization|apikey|x-api-key|authkey)$/i;
const SHOWN_HEADERS = /^(content-type|soapaction|x-road-client|authorization|apikey|x-api-key|authkey)$/i;
const SECRET_VALUES = /("(?:access_token|token|password|AuthKey|authKey)":\s*")[^"]*/g;
const SHOWN_CHARACTERS = 2_600;

function shown(text: string): string {
  let pretty = text;
  try {
    pretty = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: as it is.
  }
  const plain = pretty
    .replace(LONG_BASE64, (run) => `${run.slice(0, 24)}…`)
    .replace(SECRET_VALUES, '$1…')
    .replace(/(password=)[^&]*/g, '$1…');
  return plain.length > SHOWN_CHARACTERS ? `${plain.slice(0, SHOWN_CHARACTERS)}…` : plain;
}

async function textOf(body: unknown, type: string): Promise<string> {
  const bytes = Buffer.from(await new Response(body as BodyInit).arrayBuffer());
  return /pdf|octet-stream/.test(type) ? `(${bytes.length} bytes)` : bytes.toString('utf8');
}

/** A fetch that sets down what passes through it, without the simulator's address. */
function recorder(): { fetch: typeof fetch; page(): string } {
  const entries: string[] = [];
  return {
    async fetch(input, init) {
      const url = new URL(String(input));
      const request = new Headers(init?.headers);
      const answer = await fetch(input, init);
      const type = answer.headers.get('content-type') ?? '';
      const text = await textOf(await answer.clone().arrayBuffer(), type);
      const headers = [...request]
        .filter(([name]) => SHOWN_HEADERS.test(name))
        .map(([name, value]) => `${name}: ${SECRET_HEADERS.test(name) ? '…' : value}`);
      const sent = init?.body === undefined || init.body === null ? '' : await textOf(init.body, '');
      const lines = [`${init?.method ?? 'GET'} ${url.pathname}${url.search}`, ...headers];
      if (sent !== '') lines.push('', shown(sent));
      lines.push('', `→ ${answer.status} ${type.split(';')[0]}`, '', shown(text));
      entries.push(
        lines
          .map((line) => line.replace(/\n/g, '\n    '))
          .map((line) => `    ${line}`)
          .join('\n'),
      );
      return answer;
    },
    page: () => entries.map((entry) => entry.replace(/[ \t]+$/gm, '')).join('\n\nthen\n\n'),
  };
}

const bearer = { header: () => Promise.resolve('Bearer t'), drop: () => undefined };
const CODE = 'H56.14-261120-0001';
const CITIZEN = { name: 'Trần Thị Thử', idNumber: '012345678901', address: 'Mẫu' };

function mapped(
  name: string,
  start: (options: { apiKey: string }) => Promise<Simulator>,
  operations: string[],
) {
  const file = new URL(`../schemas/mappings/${name}.json`, import.meta.url);
  const input = {
    dossierCode: CODE,
    body: {
      procedureCode: '1.000001',
      applicant: { name: CITIZEN.name, identities: [{ type: 1, number: CITIZEN.idNumber }] },
      reference: 'CT-1',
      fees: [{ name: 'Phí', amountVnd: 100 }],
    },
    form: { goods: [{ name: 'Máy in', quantity: 2 }] },
  };
  return async (record: typeof fetch): Promise<Simulator> => {
    const simulator = await start({ apiKey: 'k' });
    const mapping = parseMapping(JSON.parse(readFileSync(file, 'utf8')));
    const options = { baseUrl: simulator.url, mapping, secrets: { apiKey: 'k' }, fetch: record };
    const client = createMappedClient(options);
    for (const operation of operations) await client.run(operation, input);
    return simulator;
  };
}

/** What each client says to its simulator, the simulator left for the caller to close. */
const TALKS: Readonly<Record<string, (record: typeof fetch) => Promise<Simulator>>> = {
  async 'judicial-records'(record) {
    const simulator = await startJudicialRecords({
      provinces: [{ code: '99', authKey: 'khoa' }],
      now,
      resultAfterPulls: 1,
    });
    const client = createJudicialRecordsClient({
      baseUrl: simulator.url,
      authKey: 'khoa',
      provinceCode: '99',
      provinceName: 'Tỉnh Thử Nghiệm',
      fetch: record,
    });
    await client.submit({
      dossierCode: 'H99.14-261120-0001',
      receivedAt: NOW,
      source: 3,
      sourceName: 'Một cửa',
      form: 1,
      purpose: 'Xin việc làm',
      copies: 1,
      applicant: {
        fullName: CITIZEN.name,
        gender: 2,
        birthDate: '1990-01-31',
        identity: { kind: 1, kindName: 'CCCD', number: CITIZEN.idNumber },
      },
      files: [{ kind: 'Tờ khai', name: 'to-khai.pdf', content: PDF }],
    });
    await client.pullStatus('H99.14-261120-0001');
    return simulator;
  },
  async 'civil-status'(record) {
    const simulator = await startCivilStatus({ token: 't' });
    const options = { baseUrl: simulator.url, provinceCode: '58', authorization: bearer, fetch: record };
    const client = createCivilStatusClient(options);
    const form = {
      nksHoTen: 'Trần Văn Mới',
      nksNgaySinh: '01/11/2026',
      nycHoTen: CITIZEN.name,
      meHoTen: CITIZEN.name,
    };
    const files = [{ id: 1, kind: 1, title: 'Giấy chứng sinh', name: 'gcs.pdf', content: PDF }];
    const dossier = { module: 'LTKS' as const, placeCode: '25456', dossierCode: 'H56.32.05-261120-0001' };
    await client.submit({ ...dossier, receivedAt: NOW, form, files });
    await client.result('LTKS', dossier.dossierCode);
    return simulator;
  },
  async 'linked-service'(record) {
    const dossiers = [{ linkedCode: 'LT-1', module: 'KS' as const, payload: '<hoSo><hoTich/></hoSo>' }];
    const simulator = await startLinkedService({ username: 'u', password: 'p', dossiers });
    const options = { baseUrl: simulator.url, username: 'u', password: 'p', now, fetch: record };
    const client = createLinkedServiceClient(options);
    await client.list('KS');
    await client.detail('KS', 'LT-1');
    await client.markReceived('LT-1');
    await client.tellStatus({
      procedureCode: '2.002621',
      linkedCode: 'LT-1',
      agency: 'H56.32.05',
      dossierCode: 'H56.32.05-261120-0001',
      state: 4,
      at: NOW,
      handler: 'Cán bộ',
      content: 'Đã đăng ký',
    });
    return simulator;
  },
  async 'land-tax'(record) {
    const simulator = await startLandTax({ username: 'u', password: 'p' });
    const options = { baseUrl: simulator.url, username: 'u', password: 'p', now, fetch: record };
    const client = createLandTaxClient(options);
    await client.submit({
      dossierCode: 'H56.32.10-261120-0007',
      receiptNumber: 'BN-7',
      isProvincial: false,
      provinceId: '38',
      wardId: '14800',
      receivedAt: NOW,
      dueAt: new Date(NOW.getTime() + 86_400_000),
      applicant: CITIZEN,
      procedureCode: '1.000001',
      procedureName: 'Đăng ký đất đai',
      parcel: { number: '12', mapSheet: '3', areaSquareMetres: 100.5 },
      papers: [{ name: 'Đơn', originals: 1, copies: 0, file: { name: 'don.pdf', content: PDF } }],
    });
    await client.tellPaid({
      dossierCode: 'H56.32.10-261120-0007',
      taxCode: '8000000000',
      payer: CITIZEN,
      description: 'Lệ phí trước bạ',
      paidAt: NOW,
      noticeNumber: 'TB-1',
      amountVnd: 1_250_000,
    });
    return simulator;
  },
  async 'business-registry'(record) {
    const simulator = await startBusinessRegistry({ token: 't' });
    const options = { baseUrl: simulator.url, authorization: bearer, fetch: record };
    await createBusinessRegistryClient(options).find('0100000001');
    return simulator;
  },
  async 'population-database'(record) {
    const born = { personalNumber: '079190000001', fullName: CITIZEN.name, born: '19900201', gender: 'Nữ' };
    const access = { clientId: 'c', apiKey: 'k', username: 'u', secret: 's' };
    const simulator = await startPopulation({ ...access, citizens: [{ ...born, address: 'Số 1, Mẫu' }] });
    const client = createPopulationClient({ url: `${simulator.url}/`, ...access, now, fetch: record });
    const citizen = { personalNumber: born.personalNumber, fullName: born.fullName, born: '1990-02-01' };
    await client.find({ requestId: 'Q1', officer: { id: '1', unit: 'H56.14', account: 'cb' }, citizen });
    return simulator;
  },
  async vnpost(record) {
    const simulator = await startVnpost({ customerCode: 'H99', apiKey: 'k' });
    const options = { baseUrl: simulator.url, customerCode: 'H99', apiKey: 'k', fetch: record };
    const client = createVnpostClient(options);
    const end = { provinceCode: 72, address: '1 Lê Lợi', name: 'Sở Tư pháp', phone: '02763822000' };
    const order = {
      orderNumber: 'VD-1',
      sender: end,
      receiver: end,
      codAmountVnd: 0,
      description: 'Kết quả',
    };
    await client.order(order);
    await client.track('VD-1');
    return simulator;
  },
  async payment(record) {
    const access = { partnerCode: 'H99', secret: 'bi-mat' };
    const simulator = await startPayment(access);
    const client = createPaymentClient({ baseUrl: simulator.url, ...access, now, fetch: record });
    await client.init({
      reference: 'GD-1',
      amountVnd: 200_000,
      description: 'THANH TOAN HO SO',
      ip: '10.0.0.1',
      dossierCode: CODE,
      procedureCode: '2.000488',
      procedureName: 'Cấp Phiếu lý lịch tư pháp',
      agencyCode: 'H56.14',
      agencyName: 'Sở Tư pháp',
      beneficiary: { account: '1', bankCode: 'B', name: 'Sở Tư pháp' },
      payer: CITIZEN,
      items: [{ name: 'Phí', amountVnd: 200_000, kind: 'Phi' }],
    });
    await fetch(`${simulator.url}/pay/GD-1`, { method: 'POST' });
    await client.receipt('GD-1');
    return simulator;
  },
  async 'document-store'(record) {
    const paper = {
      ownerId: '079190000001',
      resultCode: 'KQ.1',
      name: 'Phiếu',
      number: '1/LLTP',
      holder: 'H99.13',
    };
    const simulator = await startDocumentStore({ papers: [paper] });
    const client = createDocumentStoreClient({ baseUrl: simulator.url, fetch: record });
    const [found] = await client.find({
      channel: 2,
      ownerId: paper.ownerId,
      requester: { name: 'Cán bộ', id: '079190000009' },
      procedureCode: '2.000488',
      wanted: [{ resultCode: 'KQ.1' }],
    });
    await client.fetchFile(found?.holder ?? '', found?.files[0]?.path ?? '');
    return simulator;
  },
  'social-insurance': mapped('social-insurance', startSocialInsurance, ['submit', 'state']),
  treasury: mapped('treasury', startTreasury, ['submit']),
  customs: mapped('customs', startCustoms, ['submit']),
};

/** Systems that have a page. */
export const RECORDED_SYSTEMS = Object.keys(TALKS);

/** What passes between the client of `system` and its simulator, as the page shows it. */
export async function record(system: string): Promise<string> {
  const { fetch, page } = recorder();
  const simulator = await TALKS[system]?.(fetch);
  await simulator?.close();
  // Ports differ from run to run, tokens and codes too.
  return page()
    .replaceAll(/127\.0\.0\.1:\d+/g, 'host')
    .replaceAll(/\b[0-9a-f]{24,}\b/g, '…')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:]+\.\d+Z"/g, '"…"');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const system of RECORDED_SYSTEMS) {
    const recorded = await record(system);
    const page = pageOf(system);
    if (process.argv.includes('--write'))
      writeFileSync(page, withRecorded(readFileSync(page, 'utf8'), recorded));
    else process.stdout.write(`# ${system}\n\n${recorded}\n\n`);
  }
}
