import type { PortalDossier, PortalFile, PortalResult } from './types.ts';

type Uploaded = { IdTepTin: string; HashTepTin: string } | undefined;

/** An instant as generation B writes it: Vietnam's clock without a zone, `yyyy-MM-ddTHH:mm:ss.fff`; absent is the empty string. */
export function portalTimeB(at: Date | undefined): string {
  return at === undefined ? '' : new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 23);
}

/** Fees and results are taken with these states only. */
const LISTS_WITH: ReadonlySet<number> = new Set([5, 6, 9]);

/** Body of CreateDossier. */
export function toWireDossierB(
  dossier: PortalDossier,
  files: readonly { file: PortalFile; uploaded: Uploaded }[],
  unitCode: string,
): Record<string, unknown> {
  return {
    MaHoSo: dossier.code,
    MaTTHC: dossier.procedureCode,
    MaDichVuCong: `${dossier.procedureCode}.01`,
    ChuHoSo: dossier.owner.name,
    LoaiDoiTuong: dossier.owner.kind,
    MaDonViTiepNhan: unitCode,
    NgayTiepNhan: portalTimeB(dossier.receivedAt),
    NgayHenTra: portalTimeB(dossier.dueAt),
    TrangThai: dossier.state,
    EformThongTinChiTiet: formOf(dossier.otherInfo),
    ThanhPhanHoSo: files.map(({ file, uploaded }) => ({
      MaThanhPhanHoSo: file.componentCode ?? '',
      TenThanhPhanHoSo: file.name,
      SoLuong: 1,
      // 2: an electronic copy of what is on paper; 1: an electronic original.
      LoaiBan: file.digitized ? 2 : 1,
      GiayToDinhKem:
        uploaded === undefined
          ? []
          : [
              {
                IdGiayTo: uploaded.IdTepTin,
                HashTepTin: uploaded.HashTepTin,
                TenGiayTo: file.name,
                MaKetQua: file.replacesResultCode ?? '',
              },
            ],
    })),
    ThongTinNguoiNop: {
      LoaiDoiTuong: dossier.owner.kind,
      ThongTinChiTiet: {
        TenNguoiNop: dossier.owner.name,
        SoDinhDanh: dossier.owner.identities?.[0]?.number ?? '',
        SoDienThoai: dossier.owner.phone ?? '',
        Email: dossier.owner.email ?? '',
      },
    },
  };
}

/** One element of CapNhatTrangThai. */
export function toStateB(
  dossier: PortalDossier,
  results: readonly { paper: PortalResult; uploaded: Uploaded }[],
): Record<string, unknown> {
  const withLists = LISTS_WITH.has(dossier.state);
  return {
    MaHoSo: dossier.code,
    TrangThai: dossier.state,
    NoiDungYKien: dossier.note ?? '',
    PhongBanXuLy: dossier.processingUnit,
    NoiDungXuLy: dossier.supplements?.at(-1)?.content ?? dossier.returnInfo ?? '',
    ...(withLists && (dossier.fees ?? []).length > 0
      ? {
          DanhSachLePhi: (dossier.fees ?? []).map((fee) => ({
            TenPhiLePhi: fee.name,
            MaPhiLePhi: fee.code,
            HinhThucThu: String(fee.collectedAt),
            Gia: String(fee.amountVnd),
            LoaiPhiLePhi: String(fee.kind),
          })),
        }
      : {}),
    ...(withLists && results.length > 0
      ? {
          DanhSachGiayToKetQua: results.map(({ paper, uploaded }) => ({
            TenGiayTo: paper.name,
            MaGiayToKetQua: paper.resultCode ?? '',
            IdGiayTo: uploaded?.IdTepTin ?? '',
            HashTepTin: uploaded?.HashTepTin ?? '',
          })),
        }
      : {}),
  };
}

function formOf(otherInfo: string | undefined): unknown {
  try {
    return JSON.parse(otherInfo ?? '{}');
  } catch {
    return {};
  }
}
