import { createJsonClient, refusalOf, slashTime } from '../json-client.ts';
import { resultAnswer, submitAnswer } from './schema.ts';
import type {
  CivilStatusClient,
  CivilStatusClientOptions,
  CivilStatusModule,
  CivilStatusRequest,
} from './types.ts';

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** Field that must be filled per module: without it the ministry refuses the whole form. */
const NAMES: Readonly<Record<CivilStatusModule, readonly string[]>> = {
  LTKS: ['nksHoTen', 'nksNgaySinh', 'nycHoTen'],
  LTKT: ['nktHoTen', 'nycHoTen'],
  LTKH: ['chongHoTen', 'voHoTen'],
};
const CERTIFICATES = { LTKS: 'giayKhaiSinh', LTKT: 'giayKhaiTu', LTKH: 'giayKetHon' } as const;

/** Client of the civil-status system. One attempt per call. */
export function createCivilStatusClient(options: CivilStatusClientOptions): CivilStatusClient {
  const client = createJsonClient('civil-status', { maxAnswerBytes: MAX_ANSWER_BYTES, ...options });
  return {
    async submit(request) {
      const operation = 'NhanDKHT';
      client.refuseFaults(operation, faultsOf(request));
      const answer = await client.call({
        operation,
        path: options.submitPath ?? '/nhanDKHT',
        body: toWire(request),
        schema: submitAnswer,
      });
      if (answer.status === 1) return { existed: false };
      const words = answer.errorDescription || answer.statusDescription;
      const failure = refusalOf(client.http, operation, answer.errorCode, words);
      if (failure.code === 'CONNECTOR_ALREADY_EXISTS') return { existed: true };
      throw failure;
    },
    async result(module, dossierCode) {
      const operation = 'LayKetQua';
      const body = { maDinhDanhHoSo: [dossierCode], maTinh: options.provinceCode, module };
      const path = options.resultPath ?? '/layKetQua';
      const answer = await client.call({ operation, path, body, schema: resultAnswer });
      if (answer.status !== 1)
        throw refusalOf(client.http, operation, String(answer.status), answer.statusDescription);
      const row = answer.value.find((candidate) => candidate.maHoSoMCDT === dossierCode);
      if (row === undefined) return undefined;
      const note = row.noiDungXuLy || row.ghiChu;
      const found = { dossierCode, state: row.trangThai, ...(note === '' ? {} : { note }) };
      const outcome = row.ketQuaXuLy;
      if (row.trangThai !== 4 || !outcome) return found;
      const encoded = outcome[CERTIFICATES[module]];
      const certificate = encoded === '' ? undefined : Buffer.from(encoded, 'base64');
      if (certificate !== undefined && !certificate.subarray(0, 1024).includes('%PDF-'))
        throw client.http.fail('CONNECTOR_BAD_ANSWER', operation, { fields: [CERTIFICATES[module]] });
      return {
        ...found,
        registered: {
          ...(outcome.soDinhDanh === '' ? {} : { personalNumber: outcome.soDinhDanh }),
          number: outcome.soDangKy,
          book: outcome.quyenSo,
          page: outcome.trangSo,
          registeredOn: outcome.ngayDangKy,
          ...(certificate === undefined ? {} : { certificate }),
        },
      };
    },
  };
}

function faultsOf(request: CivilStatusRequest): [string, boolean][] {
  return [
    ['maDonVi', request.placeCode.trim() === ''],
    ['maHoSoMCDT', request.dossierCode.trim() === ''],
    ...NAMES[request.module].map((name): [string, boolean] => [
      `data.${name}`,
      typeof request.form[name] !== 'string' || request.form[name] === '',
    ]),
    ['fileDinhKem', request.files.some((file) => file.name === '' || file.content.length === 0)],
  ];
}

/** `data` is JSON in a string: the ministry's bus carries it unread. */
function toWire(request: CivilStatusRequest): Record<string, unknown> {
  return {
    maDonVi: request.placeCode,
    module: request.module,
    maHoSoLT: request.linkedCode ?? request.dossierCode,
    maHoSoMCDT: request.dossierCode,
    ngayTiepNhan: slashTime(request.receivedAt),
    data: JSON.stringify(request.form),
    fileDinhKem: request.files.map((file) => ({
      id: file.id,
      loaiGiayTo: file.kind,
      tenGiayTo: file.title,
      tenTepDinhKem: file.name,
      huyGiayTo: 0,
      duLieuTepDinhKem: Buffer.from(file.content).toString('base64'),
    })),
  };
}
