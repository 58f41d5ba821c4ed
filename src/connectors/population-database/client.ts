import { createHash } from 'node:crypto';
import { readXmlTree, type XmlNode } from '../../packages/index.ts';
import { codeOfStatus, createHttp, readValue, retryAfter } from '../http.ts';
import { compactTime, refusalOf } from '../json-client.ts';
import { citizenRow, populationHead } from './schema.ts';
import type { CitizenQuery, PopulationClient, PopulationClientOptions } from './types.ts';

const NAMESPACE = 'http://dancuquocgia.bca';
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const MAX_ANSWER_BYTES = 512 * 1024;
/** Answer code of "nobody fits". */
const NOBODY = '1';

/** Client of the national population database. One attempt per call; nothing of a citizen goes into errors. */
export function createPopulationClient(options: PopulationClientOptions): PopulationClient {
  const http = createHttp('population-database', { maxAnswerBytes: MAX_ANSWER_BYTES, ...options });
  const now = options.now ?? (() => new Date());

  async function ask(operation: string, query: CitizenQuery): Promise<{ code: string; answer: XmlNode }> {
    const wrong = faultsOf(query);
    if (wrong.length > 0)
      throw http.fail('CONNECTOR_INVALID_DOCUMENT', operation, {
        fields: wrong,
        remoteMessage: wrong.join(', '),
      });
    const headers = {
      'Content-Type': 'text/xml; charset=utf-8',
      SOAPAction: `"${NAMESPACE}/${operation}"`,
      ...gatewayHeaders(options, now()),
    };
    const answer = await http.text({
      operation,
      method: 'POST',
      url: options.url,
      headers,
      body: envelope(operation, query, options),
    });
    if (answer.status !== 200)
      throw http.fail(codeOfStatus(answer.status), operation, {
        status: answer.status,
        ...retryAfter(answer.headers, now()),
      });
    const tree = await readXmlTree(Buffer.from(answer.text, 'utf8'), MAX_ANSWER_BYTES).catch(
      (cause: unknown) => {
        throw http.fail('CONNECTOR_BAD_ANSWER', operation, { cause, remoteMessage: 'not XML' });
      },
    );
    const [body] = tree.all('Body');
    const [fault] = body?.all('Fault') ?? [];
    if (fault !== undefined)
      throw refusalOf(http, operation, fault.text('faultcode'), fault.text('faultstring'));
    const [result] = body?.all(`${operation}Response`) ?? [];
    if (result === undefined)
      throw http.fail('CONNECTOR_BAD_ANSWER', operation, { remoteMessage: 'no response element' });
    const head = { MaLoi: result.text('MaLoi'), MoTaLoi: result.text('MoTaLoi') };
    const { MaLoi: code, MoTaLoi: words } = readValue(http, operation, 200, head, populationHead);
    if (code !== '0' && code !== NOBODY) throw refusalOf(http, operation, code, words);
    return { code, answer: result };
  }

  return {
    async find(query) {
      const operation = 'TraCuuThongTinCongDan';
      const { code, answer } = await ask(operation, query);
      const [row] = answer.all('CongDan');
      if (code === NOBODY || row === undefined) return undefined;
      const read = (name: string): string => row.text(name);
      const fields = ['SoDinhDanh', 'HoVaTen', 'NgayThangNamSinh', 'GioiTinh', 'ThuongTru'];
      const value = readValue(
        http,
        operation,
        200,
        Object.fromEntries(fields.map((name) => [name, read(name)])),
        citizenRow,
      );
      return {
        personalNumber: value.SoDinhDanh,
        fullName: value.HoVaTen,
        ...(value.NgayThangNamSinh === '' ? {} : { born: isoBirth(value.NgayThangNamSinh) }),
        ...(value.GioiTinh === '' ? {} : { gender: value.GioiTinh }),
        ...(value.ThuongTru === '' ? {} : { permanentAddress: value.ThuongTru }),
      };
    },
    async matches(query) {
      const { code } = await ask('XacThucThongTinCongDan', query);
      return code === '0';
    },
  };
}

function faultsOf({ citizen, officer, requestId }: CitizenQuery): string[] {
  const bad: [string, boolean][] = [
    ['MaYeuCau', requestId === ''],
    ['SoDinhDanh', !/^\d{12}$/.test(citizen.personalNumber)],
    ['HoVaTen', citizen.fullName.trim() === ''],
    ['NgayThangNamSinh', !/^\d{4}(-\d{2}-\d{2})?$/.test(citizen.born)],
    ['MaCanBo', officer.id === ''],
  ];
  return bad.filter(([, broken]) => broken).map(([name]) => name);
}

function isoBirth(text: string): string {
  return text.length === 8 ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : text;
}

/** Headers of the gateway in front (§3.4): Basic of user and SHA-256 over address, user, time and secret. */
function gatewayHeaders(options: PopulationClientOptions, at: Date): Record<string, string> {
  const timestamp = compactTime(at);
  const digest = createHash('sha256')
    .update(`${options.url}${options.username}${timestamp}${options.secret}`, 'utf8')
    .digest('hex');
  return {
    'X-Road-Client': options.clientId,
    ApiKey: options.apiKey,
    Timestamp: timestamp,
    Authorization: `Basic ${Buffer.from(`${options.username}:${digest}`, 'utf8').toString('base64')}`,
  };
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`).replace(/\p{Cc}/gu, ' ');
}

function envelope(operation: string, query: CitizenQuery, options: PopulationClientOptions): string {
  const leaf = (name: string, value: string): string => `<dan:${name}>${escapeXml(value)}</dan:${name}>`;
  const { citizen, officer } = query;
  const born =
    citizen.born.length === 4
      ? leaf('Nam', citizen.born)
      : leaf('NgayThangNam', citizen.born.replaceAll('-', ''));
  const fields = [
    leaf('MaYeuCau', query.requestId),
    leaf('MaDVC', options.serviceCode ?? 'VPCP'),
    leaf('MaTichHop', options.integrationCode ?? '037'),
    leaf('MaCanBo', officer.id),
    leaf('MaDonVi', officer.unit),
    leaf('TaiKhoan', officer.account),
    leaf('SoDinhDanh', citizen.personalNumber),
    leaf('HoVaTen', citizen.fullName.normalize('NFC').toLocaleUpperCase('vi')),
    `<dan:NgayThangNamSinh>${born}</dan:NgayThangNamSinh>`,
  ];
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${SOAP}" xmlns:dan="${NAMESPACE}"><soapenv:Header/><soapenv:Body><dan:${operation}>${fields.join('')}</dan:${operation}></soapenv:Body></soapenv:Envelope>`;
}
