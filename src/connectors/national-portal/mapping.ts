import type {
  PortalDossier,
  PortalFee,
  PortalFile,
  PortalProgress,
  PortalResult,
  PortalSupplement,
} from './types.ts';

/** An instant as the portal writes it: `yyyyMMddHHmmss` in UTC+7; absent is the empty string. */
export function portalTime(at: Date | undefined): string {
  if (!at) return '';
  return new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19).replace(/\D/g, '');
}

/** Rules of the portal a dossier breaks, as wire field names; sending would only be refused. */
export function dossierFaults(dossier: PortalDossier): string[] {
  const required: [string, string][] = [
    ['MaHoSo', dossier.code],
    ['MaTTHC', dossier.procedureCode],
    ['TenTTHC', dossier.procedureName],
    ['MaLinhVuc', dossier.fieldCode],
    ['TenLinhVuc', dossier.fieldName],
    ['DonViXuLy', dossier.processingUnit],
  ];
  const identities = dossier.owner.identities ?? [];
  const bad: [string, boolean][] = [
    ...required.map(([name, text]): [string, boolean] => [name, text.trim() === '']),
    ['TrichYeuHoSo', (dossier.summary ?? '').length > 1000],
    ['TenTepDinhKem', (dossier.files ?? []).some((file) => file.name.length > 4000)],
    ['TenGiayTo', (dossier.otherPapers ?? []).some((paper) => paper.name.length > 2000)],
    [
      'SoDinhDanh',
      identities.some(({ kind, number }) => !(kind === 1 ? /^\d{12}$/ : /^\d{9}$/).test(number)),
    ],
    ['Gia', (dossier.fees ?? []).some((fee) => !Number.isSafeInteger(fee.amountVnd) || fee.amountVnd < 0)],
  ];
  return bad.filter(([, broken]) => broken).map(([name]) => name);
}

/** Rules of the portal a step breaks, as wire field names. */
export function progressFaults(step: PortalProgress): string[] {
  const bad: [string, boolean][] = [
    ['MaHoSo', step.dossierCode.trim() === ''],
    ['NguoiXuLy', step.handler.trim() === '' || step.handler.length > 50],
    ['NoiDungXuLy', step.content.trim() === ''],
  ];
  return bad.filter(([, broken]) => broken).map(([name]) => name);
}

/** One element of `data` of DongBoHoSoMC, wire names as the portal spells them. */
export function toWireDossier(dossier: PortalDossier): Record<string, unknown> {
  const { owner } = dossier;
  return {
    MaHoSo: dossier.code,
    MaTTHC: dossier.procedureCode,
    TenTTHC: dossier.procedureName,
    MaLinhVuc: dossier.fieldCode,
    TenLinhVuc: dossier.fieldName,
    KenhThucHien: String(dossier.channel),
    SoGiayToChuHoSo: owner.identities?.[0]?.number ?? '',
    ChuHoSo: owner.name,
    LoaiDoiTuong: String(owner.kind),
    MaDoiTuong: owner.portalId ?? '',
    ThongTinKhac: dossier.otherInfo ?? '',
    Email: owner.email ?? '',
    Fax: owner.fax ?? '',
    SoDienThoai: owner.phone ?? '',
    TrichYeuHoSo: dossier.summary ?? '',
    NgayTiepNhan: portalTime(dossier.receivedAt),
    NgayHenTra: portalTime(dossier.dueAt),
    TrangThaiHoSo: String(dossier.state),
    NgayTra: portalTime(dossier.returnedAt),
    ThongTinTra: dossier.returnInfo ?? '',
    HinhThuc: String(dossier.deliveryForm),
    NgayKetThucXuLy: portalTime(dossier.finishedAt),
    DonViXuLy: dossier.processingUnit,
    GhiChu: dossier.note ?? '',
    TaiLieuNop: (dossier.files ?? []).map(toWireFile),
    DanhSachLePhi: (dossier.fees ?? []).map(toWireFee),
    DanhSachTepDinhKemKhac: (dossier.otherPapers ?? []).map(({ name, copies, kind }) => ({
      TenGiayTo: name,
      SoLuong: copies,
      LoaiGiayTo: kind,
    })),
    DanhSachHoSoBoSung: (dossier.supplements ?? []).map(toWireSupplement),
    DanhSachGiayToKetQua: (dossier.results ?? []).map(toWireResult),
    NoiNopHoSo: String(dossier.submittedVia ?? 2),
    HoSoCoThanhPhanSoHoa: bit(dossier.hasDigitizedComponents),
    TaiKhoanDuocXacThucVoiVNeID: bit(owner.verifiedByVneid),
    DuocThanhToanTrucTuyen: String(dossier.onlinePayment ?? 0),
    NgayTuChoi: portalTime(dossier.refusedAt),
    DinhDanhCHS: (owner.identities ?? []).map(({ kind, number }) => ({
      LoaiDinhDanh: String(kind),
      SoDinhDanh: number,
    })),
    NgayNopHoSo: portalTime(dossier.submittedAt),
    DSKetNoiCSDL: (dossier.connectedDatabases ?? []).map((database) => ({ MaCSDL: database })),
  };
}

/** One element of `data` of CapNhatTienDoHoSoMC and DongBoTrangThaiHoSo. */
export function toWireProgress(step: PortalProgress): Record<string, string> {
  return {
    MaHoSo: step.dossierCode,
    NguoiXuLy: step.handler,
    ChucDanh: step.handlerPosition ?? '',
    ThoiDiemXuLy: portalTime(step.handledAt),
    PhongBanXuLy: step.department ?? '',
    NoiDungXuLy: step.content,
    TrangThai: String(step.state),
    NgayBatDau: portalTime(step.startedAt),
    NgayKetThucTheoQuyDinh: portalTime(step.dueAt),
  };
}

function bit(value: boolean | undefined): string {
  return value ? '1' : '0';
}

function toWireFile(file: PortalFile): Record<string, string> {
  return {
    TepDinhKemId: file.id ?? '',
    TenTepDinhKem: file.name,
    IsDeleted: file.deleted ? 'True' : 'False',
    MaThanhPhanHoSo: file.componentCode ?? '',
    DuongDanTaiTepTin: file.url ?? '',
    DuocSoHoa: bit(file.digitized),
    DuocTaiSuDung: String(file.reused ?? 0),
    DuocLayTuKhoDMQG: bit(file.fromNationalStore),
    MaKetQuaThayThe: file.replacesResultCode ?? '',
  };
}

function toWireFee(fee: PortalFee): Record<string, string> {
  return {
    TenPhiLePhi: fee.name,
    MaPhiLePhi: fee.code,
    HinhThucThu: String(fee.collectedAt),
    Gia: String(fee.amountVnd),
    LoaiPhiLePhi: String(fee.kind),
  };
}

function toWireSupplement(supplement: PortalSupplement): Record<string, unknown> {
  return {
    HoSoBoSungId: supplement.id,
    NguoiYeuCauBoSung: supplement.requestedBy,
    NoiDungBoSung: supplement.content,
    NgayBoSung: portalTime(supplement.requestedAt),
    NguoiTiepNhanBoSung: supplement.receivedBy ?? '',
    ThongTinTiepNhan: supplement.receivedInfo ?? '',
    NgayTiepNhanBoSung: portalTime(supplement.receivedAt),
    TrangThaiBoSung: supplement.complete,
    DanhSachGiayToBoSung: (supplement.papers ?? []).map((name) => ({ TenGiayTo: name })),
    DanhSachLePhiBoSung: [],
    NgayHenTraTruoc: portalTime(supplement.previousDueAt),
    NgayHenTraMoi: portalTime(supplement.newDueAt),
  };
}

function toWireResult(result: PortalResult): Record<string, string> {
  return {
    TenGiayTo: result.name,
    MaThanhPhanHoSo: result.componentCode ?? '',
    GiayToId: result.id ?? '',
    DuongDanTepTinKetQua: result.url ?? '',
    MaGiayToKetQua: result.resultCode ?? '',
  };
}
