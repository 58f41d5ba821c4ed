import { decodeBase64 } from '../base64.ts';
import { codeOfStatus, createHttp, type Http, readJson, retryAfter } from '../http.ts';
import { requestFaults, toDataLgsp } from './mapping.ts';
import { statusAnswer, submitAnswer } from './schema.ts';
import type {
  JudicialRecordsClient,
  JudicialRecordsClientOptions,
  JudicialRequest,
  JudicialStatus,
} from './types.ts';

const DEFAULT_MAX_PDF_BYTES = 20 * 1024 * 1024;

/** Client of the judicial-records service of the Ministry of Justice. One attempt per call; the caller retries. */
export function createJudicialRecordsClient(options: JudicialRecordsClientOptions): JudicialRecordsClient {
  const maxPdfBytes = options.maxPdfBytes ?? DEFAULT_MAX_PDF_BYTES;
  const http = createHttp('judicial-records', {
    maxAnswerBytes: Math.ceil(maxPdfBytes * 1.4) + 65_536,
    ...options,
  });
  const now = options.now ?? (() => new Date());

  async function post(operation: string, path: string, body: unknown) {
    const url = options.baseUrl.replace(/\/+$/, '') + path;
    const headers = { Accept: 'application/json', 'Content-Type': 'application/json; charset=utf-8' };
    const answer = await http.text({ operation, method: 'POST', url, headers, body: JSON.stringify(body) });
    if (answer.status >= 200 && answer.status < 300) return answer;
    const facts = { status: answer.status, ...retryAfter(answer.headers, now()) };
    throw http.fail(codeOfStatus(answer.status), operation, facts);
  }

  return {
    async submit(request) {
      const operation = 'nhanHoSoLLTP';
      refuseFaults(http, operation, request);
      const answer = await post(
        operation,
        options.submitPath ?? '/v2/lyLichTuPhap/nhanHoSoLLTP',
        toDataLgsp(request, options),
      );
      const { statusCode, errorDetail } = readJson(http, operation, answer, submitAnswer);
      if (statusCode === '00') return { existed: false };
      if (statusCode === '01' && /tồn tại/i.test(errorDetail.normalize('NFC'))) return { existed: true };
      const code = /authkey|xác thực/i.test(errorDetail.normalize('NFC'))
        ? 'CONNECTOR_AUTH_FAILED'
        : 'CONNECTOR_REFUSED';
      throw http.fail(code, operation, {
        status: answer.status,
        remoteCode: statusCode,
        remoteMessage: errorDetail,
      });
    },
    pullStatus: (dossierCode) => pullStatus(http, post, options, dossierCode, maxPdfBytes),
  };
}

type Post = (operation: string, path: string, body: unknown) => ReturnType<Http['text']>;

async function pullStatus(
  http: Http,
  post: Post,
  options: JudicialRecordsClientOptions,
  dossierCode: string,
  maxPdfBytes: number,
): Promise<JudicialStatus | undefined> {
  const operation = 'layTrangThaiHoSoLLTP';
  const body = { authKey: options.authKey, maTinh: options.provinceCode, maHoSoMCDT: dossierCode };
  const answer = await post(operation, options.statusPath ?? '/v2/lyLichTuPhap/layTrangThaiHoSoLLTP', body);
  const parsed = readJson(http, operation, answer, statusAnswer);
  if (parsed.status !== 1) throw refusedPull(http, operation, answer.status, parsed.statusDescription);
  const row = parsed.value.find((candidate) => candidate.maHoSoMCDT === dossierCode);
  if (!row) return undefined;
  const status: JudicialStatus = { dossierCode, state: row.trangThaiXuLy };
  if (row.lyDoTuChoi) status.reason = row.lyDoTuChoi;
  if (!row.ketQuaXuLy) return status;
  const { soPhieuLLTP, ngayCapPhieu, nguoiKy, chucVu, phieuLLTP } = row.ketQuaXuLy;
  const pdf = await decodePdf(http, operation, phieuLLTP, maxPdfBytes);
  status.result = { number: soPhieuLLTP, date: ngayCapPhieu, pdf };
  if (nguoiKy) status.result.signerName = nguoiKy;
  if (chucVu) status.result.signerPosition = chucVu;
  return status;
}

function refusedPull(http: Http, operation: string, status: number, remoteMessage: string) {
  const auth = /authkey|xác thực/i.test(remoteMessage.normalize('NFC'));
  return http.fail(auth ? 'CONNECTOR_AUTH_FAILED' : 'CONNECTOR_REFUSED', operation, {
    status,
    remoteCode: '0',
    remoteMessage,
  });
}

async function decodePdf(
  http: Http,
  operation: string,
  text: string,
  maxPdfBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of decodeBase64(once(Buffer.from(text, 'latin1')))) chunks.push(chunk);
  } catch (cause) {
    throw http.fail('CONNECTOR_BAD_ANSWER', operation, { fields: ['phieuLLTP'], cause });
  }
  const pdf = Buffer.concat(chunks);
  const isPdf = pdf.subarray(0, 1024).includes('%PDF-');
  if (!isPdf || pdf.length > maxPdfBytes)
    throw http.fail('CONNECTOR_BAD_ANSWER', operation, { fields: ['phieuLLTP'] });
  return pdf;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function refuseFaults(http: Http, operation: string, request: JudicialRequest): void {
  const fields = requestFaults(request);
  if (fields.length > 0)
    throw http.fail('CONNECTOR_INVALID_DOCUMENT', operation, { fields, remoteMessage: fields.join(', ') });
}
