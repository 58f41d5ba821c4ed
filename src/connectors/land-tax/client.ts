import { createHttp, readJson } from '../http.ts';
import { compactTime, createJsonClient, refusalOf } from '../json-client.ts';
import type { Authorization } from '../lgsp-token.ts';
import { landAnswer, tokenAnswer } from './schema.ts';
import type { LandIntake, LandTaxClient, LandTaxClientOptions } from './types.ts';

/** Client of a land register. One attempt per call; the token is kept and renewed inside. */
export function createLandTaxClient(options: LandTaxClientOptions): LandTaxClient {
  const client = createJsonClient('land-tax', { authorization: passwordToken(options), ...options });

  async function post(operation: string, path: string, body: unknown): Promise<{ existed: boolean }> {
    const answer = await client.call({ operation, path, body, schema: landAnswer });
    if (answer.Status) return { existed: false };
    const failure = refusalOf(client.http, operation, '0', answer.Message);
    if (failure.code === 'CONNECTOR_ALREADY_EXISTS') return { existed: true };
    throw failure;
  }

  return {
    async submit(intake) {
      const operation = 'TiepNhanHoSo';
      client.refuseFaults(operation, [
        ['SoBienNhan', intake.receiptNumber === ''],
        ['MaHoSoMotCua', intake.dossierCode === ''],
        ['XaId', intake.wardId === ''],
        ['ThongTinThuaDat.DienTich', !(intake.parcel.areaSquareMetres > 0)],
        ['NgayHenTra', intake.dueAt.getTime() < intake.receivedAt.getTime()],
      ]);
      return post(operation, options.intakePath ?? '/TiepNhanHoSo', intakeMessage(intake));
    },
    async tellPaid(voucher) {
      const operation = 'ChungTuNopTien';
      client.refuseFaults(operation, [
        ['MaThongBaoThue', voucher.noticeNumber === ''],
        ['SoTien', !Number.isSafeInteger(voucher.amountVnd) || voucher.amountVnd <= 0],
      ]);
      await post(operation, options.voucherPath ?? '/ChungTuNopTien', {
        MaHoSo: voucher.dossierCode,
        MaSoThue: voucher.taxCode,
        HoTenNguoiNopTien: voucher.payer.name,
        SoCMTNguoiNopTien: voucher.payer.idNumber,
        DiaChiNguoiNopTien: voucher.payer.address,
        UrlFileChungTu: voucher.voucherUrl ?? '',
        ThongTinThanhToan: {
          NoiDungThanhToan: voucher.description,
          ThoiGianThanhToan: compactTime(voucher.paidAt),
          MaThongBaoThue: voucher.noticeNumber,
          TrangThaiThanhToan: '1',
          SoTien: String(voucher.amountVnd),
        },
      });
    },
  };
}

function intakeMessage(intake: LandIntake): Record<string, unknown> {
  return {
    LaQuyTrinhCapTinh: intake.isProvincial,
    TinhId: intake.provinceId,
    HuyenId: intake.districtId ?? '',
    XaId: intake.wardId,
    SoBienNhan: intake.receiptNumber,
    MaHoSoMotCua: intake.dossierCode,
    NgayTiepNhan: compactTime(intake.receivedAt),
    NgayHenTra: compactTime(intake.dueAt),
    ThongTinNguoiNopDon: {
      HoTen: intake.applicant.name,
      SoGiayTo: intake.applicant.idNumber,
      DiaChi: intake.applicant.address,
    },
    ThongTinQuyTrinh: { MaTTHC: intake.procedureCode, TenTTHC: intake.procedureName },
    ThongTinThuaDat: {
      SoThuTuThua: intake.parcel.number,
      SoHieuBanDo: intake.parcel.mapSheet,
      DienTich: intake.parcel.areaSquareMetres,
    },
    DanhSachGiayToDinhKem: intake.papers.map((paper) => ({
      TenGiayTo: paper.name,
      SoBanChinh: paper.originals,
      SoBanSao: paper.copies,
      TapTin:
        paper.file === undefined
          ? null
          : { name: paper.file.name, data: Buffer.from(paper.file.content).toString('base64') },
    })),
  };
}

function passwordToken(options: LandTaxClientOptions): Authorization {
  const http = createHttp('land-tax', options);
  const now = options.now ?? (() => new Date());
  let held: { header: string; until: number } | undefined;
  return {
    async header() {
      if (held !== undefined && now().getTime() < held.until) return held.header;
      const operation = 'token';
      const { username, password } = options;
      const answer = await http.text({
        operation,
        method: 'POST',
        url: options.baseUrl.replace(/\/+$/, '') + (options.tokenPath ?? '/token'),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ grant_type: 'password', username, password }).toString(),
      });
      if (answer.status !== 200)
        throw http.fail('CONNECTOR_AUTH_FAILED', operation, { status: answer.status });
      const token = readJson(http, operation, answer, tokenAnswer);
      const until = now().getTime() + ((token.expires_in ?? 1800) - 60) * 1000;
      held = { header: `Bearer ${token.access_token}`, until };
      return held.header;
    },
    drop(header) {
      if (held?.header === header) held = undefined;
    },
  };
}
