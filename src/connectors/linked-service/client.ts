import { ConnectorError } from '../errors.ts';
import { createJsonClient, type JsonCall, refusalOf, slashTime } from '../json-client.ts';
import { detailAnswer, listAnswer, tokenAnswer, toldAnswer } from './schema.ts';
import type {
  LinkedDossier,
  LinkedModule,
  LinkedServiceClient,
  LinkedServiceClientOptions,
} from './types.ts';

/** A token is asked for anew this long before it ends. */
const EARLY_MS = 60_000;

/** Client of the linked services. The token is kept and renewed inside; one attempt per call otherwise. */
export function createLinkedServiceClient(options: LinkedServiceClientOptions): LinkedServiceClient {
  const client = createJsonClient('linked-service', options);
  const base = options.basePath ?? '/api/lienthongdvclt';
  let held: { token: string; until: number } | undefined;

  async function token(): Promise<string> {
    if (held !== undefined && client.now().getTime() < held.until) return held.token;
    const body = { username: options.username, password: options.password };
    const path = options.tokenPath ?? '/api/token';
    const answer = await client.call({ operation: 'token', path, body, schema: tokenAnswer });
    held = {
      token: answer.access_token,
      until: client.now().getTime() + (answer.expires_in ?? 1800) * 1000 - EARLY_MS,
    };
    return held.token;
  }

  /** A refused token means nothing was done: ask for another and call once more. */
  async function call<T extends { status: number; message?: string | null | undefined }>(
    request: JsonCall<T>,
  ): Promise<T> {
    const once = async (): Promise<T> =>
      client.call({ ...request, headers: { Authorization: `Bearer ${await token()}` } });
    let answer: T;
    try {
      answer = await once();
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'CONNECTOR_AUTH_FAILED') throw error;
      held = undefined;
      answer = await once();
    }
    if (answer.status !== 1)
      throw refusalOf(client.http, request.operation, String(answer.status), answer.message ?? '');
    return answer;
  }

  return {
    async list(module) {
      const answer = await call({
        operation: 'danhSach',
        method: 'GET',
        path: `${base}/danhsach?module=${module}`,
        schema: listAnswer,
      });
      return (answer.data ?? []).map((row) => toDossier(module, row));
    },
    async detail(module, linkedCode) {
      const path = `${base}/hosolienthong?soHoSoLT=${encodeURIComponent(linkedCode)}`;
      const { data } = await call({ operation: 'chiTiet', method: 'GET', path, schema: detailAnswer });
      if (!data) throw client.http.fail('CONNECTOR_NOT_FOUND', 'chiTiet');
      return { ...toDossier(module, data), payload: data.duLieu };
    },
    async markReceived(linkedCode) {
      await call({
        operation: 'daNhan',
        method: 'PUT',
        path: `${base}/danhan`,
        body: { soHoSoLT: linkedCode },
        schema: toldAnswer,
      });
    },
    async tellStatus(status) {
      const operation = 'capNhatTrangThai';
      client.refuseFaults(operation, [
        ['soHoSoLT', status.linkedCode === ''],
        ['maHoSo', status.dossierCode === ''],
        ['nguoiXuLy', status.handler === ''],
      ]);
      const body = {
        maTTHC: status.procedureCode,
        soHoSoLT: status.linkedCode,
        coQuanXuLy: status.agency,
        maHoSo: status.dossierCode,
        trangThai: status.state,
        thoiGianThucHien: slashTime(status.at),
        ghiChu: status.note ?? '',
        nguoiXuLy: status.handler,
        chucDanh: status.handlerTitle ?? '',
        phongBanXuLy: status.department ?? '',
        noiDungXuLy: status.content,
      };
      await call({ operation, path: `${base}/trangthai`, body, schema: toldAnswer });
    },
  };
}

function toDossier(module: LinkedModule, row: { soHoSoLT: string; maTTHC: string }): LinkedDossier {
  return { linkedCode: row.soHoSoLT, procedureCode: row.maTTHC, module };
}
