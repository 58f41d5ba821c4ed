import { createHash } from 'node:crypto';
import { codeOfStatus, parseJson, readValue } from '../http.ts';
import { compactTime, createJsonClient, refusalOf } from '../json-client.ts';
import { initAnswer, initLink } from './schema.ts';
import type { PaymentClient, PaymentClientOptions, PaymentOrder } from './types.ts';

const VERSION = '1.0.6';
/** A receipt is one page. */
const MAX_RECEIPT_BYTES = 5 * 1024 * 1024;
/** Fields of INIT that the checksum runs over, in order; the secret comes last. */
const INIT_FIELDS = [
  'LoaiBanTin',
  'PhienBan',
  'MaDoiTac',
  'MaThamChieu',
  'SoTien',
  'LoaiHinhThanhToan',
  'MaKenhThanhToan',
  'MaThietBi',
  'NgonNgu',
  'MaTienTe',
  'MaNganHang',
  'ThongTinGiaoDich',
  'ThoiGianGD',
  'Ip',
] as const;

/** `MaXacThuc`: plain SHA-256 in hex over the fields and the secret, joined by `|` (no HMAC: the platform says so). */
export function paymentChecksum(values: readonly string[], secret: string): string {
  return createHash('sha256')
    .update([...values, secret].join('|'), 'utf8')
    .digest('hex');
}

/** Client of the payment platform. One attempt per call. */
export function createPaymentClient(options: PaymentClientOptions): PaymentClient {
  const client = createJsonClient('payment', { maxAnswerBytes: MAX_RECEIPT_BYTES, ...options });
  return {
    async init(order) {
      const operation = 'INIT';
      client.refuseFaults(operation, [
        ['MaThamChieu', order.reference.trim() === ''],
        ['SoTien', !Number.isSafeInteger(order.amountVnd) || order.amountVnd <= 0],
        ['PhiLePhi', order.items.reduce((sum, item) => sum + item.amountVnd, 0) !== order.amountVnd],
        ['ThongTinGiaoDich', order.description.includes('|')],
      ]);
      const startedAt = client.now();
      const body = initMessage(order, options, startedAt);
      const path = options.initPath ?? '/init';
      const answer = await client.call({ operation, path, body, schema: initAnswer });
      if (answer.error_code !== 0)
        throw refusalOf(client.http, operation, String(answer.error_code), answer.message);
      const link = readValue(client.http, operation, 200, parseJson(answer.message), initLink);
      return { url: link.UrlThanhToan, startedAt };
    },
    async receipt(reference) {
      const operation = 'receipt';
      const fields = ['BIENLAI', VERSION, options.partnerCode, reference, compactTime(client.now())];
      const [LoaiBanTin, PhienBan, MaDoiTac, MaThamChieu, ThoiGianGD] = fields;
      const MaXacThuc = paymentChecksum(fields, options.secret);
      const answer = await client.http.stream({
        operation,
        method: 'POST',
        url: options.baseUrl.replace(/\/+$/, '') + (options.receiptPath ?? '/receipt'),
        headers: { 'Content-Type': 'application/json; charset=utf-8' },
        body: JSON.stringify({ LoaiBanTin, PhienBan, MaDoiTac, MaThamChieu, ThoiGianGD, MaXacThuc }),
      });
      if (answer.status === 404) {
        answer.cancel();
        return undefined;
      }
      if (answer.status !== 200) {
        answer.cancel();
        throw client.http.fail(codeOfStatus(answer.status), operation, { status: answer.status });
      }
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of answer.body) {
        size += chunk.length;
        if (size > MAX_RECEIPT_BYTES) {
          answer.cancel();
          throw client.http.fail('CONNECTOR_BAD_ANSWER', operation, { remoteMessage: 'receipt too large' });
        }
        chunks.push(chunk);
      }
      const pdf = Buffer.concat(chunks);
      if (!pdf.subarray(0, 1024).includes('%PDF-'))
        throw client.http.fail('CONNECTOR_BAD_ANSWER', operation, { remoteMessage: 'no PDF' });
      return pdf;
    },
  };
}

function initMessage(order: PaymentOrder, options: PaymentClientOptions, at: Date): Record<string, unknown> {
  const head: Record<(typeof INIT_FIELDS)[number], string> = {
    LoaiBanTin: 'INIT',
    PhienBan: VERSION,
    MaDoiTac: options.partnerCode,
    MaThamChieu: order.reference,
    SoTien: String(order.amountVnd),
    LoaiHinhThanhToan: 'PAY',
    MaKenhThanhToan: '1',
    MaThietBi: '1',
    NgonNgu: 'vi-VN',
    MaTienTe: 'VND',
    MaNganHang: 'PAYMENT',
    ThongTinGiaoDich: order.description,
    // HH: a known client writes hh, and every payment after noon then fails its check.
    ThoiGianGD: compactTime(at),
    Ip: order.ip,
  };
  const serviceCode = `${order.procedureCode}.01`;
  return {
    ...head,
    MaXacThuc: paymentChecksum(
      INIT_FIELDS.map((name) => head[name]),
      options.secret,
    ),
    ThongTinBienLai: {
      MaDichVu: '2',
      MaDVC: serviceCode,
      TenDVC: order.procedureName,
      MaTTHC: order.procedureCode,
      TenTTHC: order.procedureName,
      MaDonVi: order.agencyCode,
      TenDonVi: order.agencyName,
      MaHoSo: order.dossierCode,
      TKThuHuong: order.beneficiary.account,
      MaNHThuHuong: order.beneficiary.bankCode,
      TenTKThuHuong: order.beneficiary.name,
      NoiDungThanhToan: order.description,
      HoTenNguoiNop: order.payer.name,
      SoCMNDNguoiNop: order.payer.idNumber,
      DiaChiNguoiNop: order.payer.address,
      PhiLePhi: order.items.map((item) => ({
        LoaiPhiLePhi: item.kind,
        MaPhiLePhi: serviceCode,
        TenPhiLePhi: item.name,
        SoTien: String(item.amountVnd),
      })),
      DSKhoanNop: order.items.map((item) => ({ NoiDung: item.name, SoTien: String(item.amountVnd) })),
    },
  };
}
