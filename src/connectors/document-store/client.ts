import { createJsonClient, refusalOf } from '../json-client.ts';
import { fileAnswer, storeAnswer } from './schema.ts';
import type { DocumentStoreClient, DocumentStoreClientOptions } from './types.ts';

/** Client of the national store of digital papers. One attempt per call. */
export function createDocumentStoreClient(options: DocumentStoreClientOptions): DocumentStoreClient {
  const client = createJsonClient('document-store', { maxAnswerBytes: 64 * 1024 * 1024, ...options });
  return {
    async find(query) {
      const operation = 'TraCuuGiayTo';
      client.refuseFaults(operation, [
        ['SoDinhDanhChuSoHuu', !/^(\d{9}|\d{10}|\d{12}|\d{13})$/.test(query.ownerId)],
        ['DanhSachDanhMucKetQua', query.wanted.length === 0],
      ]);
      const answer = await client.call({
        operation,
        path: options.searchPath ?? '/tra-cuu',
        schema: storeAnswer,
        body: {
          KenhThucHien: String(query.channel),
          SoDinhDanhChuSoHuu: query.ownerId,
          HoTenNguoiYeuCau: query.requester.name,
          SoDinhDanhNguoiYeuCau: query.requester.id,
          MaThuTuc: query.procedureCode,
          DanhSachDanhMucKetQua: query.wanted.map(({ resultCode, number }) => ({
            MaKetQua: resultCode,
            SoKyHieu: number ?? '',
          })),
        },
      });
      if (answer.errorCode !== 0)
        throw refusalOf(client.http, operation, String(answer.errorCode), answer.message);
      return (answer.result?.DanhSachGiayToKetQua ?? []).map((paper) => ({
        resultCode: paper.MaKetQua,
        name: paper.TenGiayTo,
        number: paper.SoKyHieu,
        holder: paper.CoQuanChuQuan,
        files: (paper.DanhSachTepDinhKem ?? []).map((file) => ({ name: file.TenTep, path: file.DuongDan })),
      }));
    },
    async fetchFile(holder, path) {
      const operation = 'TaiTep';
      const body = { CoQuanChuQuan: holder, DuongDan: path };
      const answer = await client.call({
        operation,
        path: options.filePath ?? '/tai-tep',
        body,
        schema: fileAnswer,
      });
      if (answer.errorCode !== 0 || !answer.result)
        throw refusalOf(
          client.http,
          operation,
          String(answer.errorCode),
          answer.message || 'không tìm thấy tệp',
        );
      return Buffer.from(answer.result, 'base64');
    },
  };
}
