import { z } from 'zod';

/** The portal's own rules for DongBoHoSoMC and CapNhatTienDoHoSoMC, wire names as it spells them. */
const time = z
  .string()
  .regex(/^\d{14}$/)
  .refine(isRealTime, 'yyyyMMddHHmmss');
const optionalTime = z.union([z.literal(''), time]).optional();
const state = z.string().regex(/^([1-9]|10)$/);
const text = (max: number) => z.string().trim().min(1).max(max);

const file = z.object({
  TenTepDinhKem: text(4000),
  IsDeleted: z.enum(['True', 'False']).optional(),
  DuocTaiSuDung: z.enum(['0', '1', '2']).optional(),
});

const fee = z.object({
  TenPhiLePhi: text(1000),
  MaPhiLePhi: text(50),
  HinhThucThu: z.enum(['1', '2', '4']),
  Gia: z.string().regex(/^\d{1,15}$/),
  LoaiPhiLePhi: z.enum(['1', '2', '3']),
});

const identity = z.union([
  z.object({ LoaiDinhDanh: z.literal('1'), SoDinhDanh: z.string().regex(/^\d{12}$/) }),
  z.object({ LoaiDinhDanh: z.literal('2'), SoDinhDanh: z.string().regex(/^\d{9}$/) }),
]);

/** Required: MaHoSo, MaTTHC, TenTTHC, MaLinhVuc, TenLinhVuc, LoaiDoiTuong, NgayTiepNhan, TrangThaiHoSo, HinhThuc, DonViXuLy. */
export const portalDossier = z.looseObject({
  MaHoSo: text(50),
  MaTTHC: text(50),
  TenTTHC: text(1000),
  MaLinhVuc: text(50),
  TenLinhVuc: text(1000),
  LoaiDoiTuong: z.enum(['1', '2', '3', '4']),
  NgayTiepNhan: time,
  TrangThaiHoSo: state,
  HinhThuc: z.enum(['0', '1']),
  DonViXuLy: text(500),
  KenhThucHien: z.enum(['1', '2', '3']).optional(),
  TrichYeuHoSo: z.string().max(1000).optional(),
  NgayHenTra: optionalTime,
  NgayTra: optionalTime,
  NgayKetThucXuLy: optionalTime,
  NgayTuChoi: optionalTime,
  NgayNopHoSo: optionalTime,
  TaiLieuNop: z.array(file).max(200).optional(),
  DanhSachLePhi: z.array(fee).max(50).optional(),
  DanhSachTepDinhKemKhac: z
    .array(z.object({ TenGiayTo: text(2000) }))
    .max(200)
    .optional(),
  DinhDanhCHS: z.array(identity).max(10).optional(),
});

/** Required: who, when, what, to which state. */
export const portalStep = z.looseObject({
  MaHoSo: text(50),
  NguoiXuLy: text(50),
  ThoiDiemXuLy: time,
  NoiDungXuLy: text(4000),
  TrangThai: state,
  NgayBatDau: optionalTime,
  NgayKetThucTheoQuyDinh: optionalTime,
});

/** A dossier as pushed, fields without a rule kept. */
export type PortalDossierRow = z.infer<typeof portalDossier>;
/** A step as pushed, fields without a rule kept. */
export type PortalStepRow = z.infer<typeof portalStep>;

function isRealTime(value: string): boolean {
  const [year, month, day, hour, minute, second] = (
    value.match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/) ?? []
  )
    .slice(1)
    .map(Number) as [number, number, number, number, number, number];
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}
