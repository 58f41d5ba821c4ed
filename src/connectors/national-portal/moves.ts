import { z } from 'zod';
import type { PortalMoves } from './types.ts';

/** `yyyyMMddHHmmss` in UTC+7. */
const time = z
  .string()
  .regex(/^\d{14}$/)
  .transform((text) => {
    const iso = text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6+07:00');
    return new Date(iso);
  })
  .refine((date) => !Number.isNaN(date.getTime()), 'yyyyMMddHHmmss');
const state = z.union([z.string(), z.number()]).transform(Number).pipe(z.int().min(1).max(10));
const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? ''));

const step = z
  .object({ NguoiXuLy: text, ThoiDiemXuLy: time, NoiDungXuLy: text, TrangThai: state })
  .transform((row) => ({
    handler: row.NguoiXuLy,
    at: row.ThoiDiemXuLy,
    content: row.NoiDungXuLy,
    state: row.TrangThai,
  }));

const supplement = z
  .object({
    HoSoBoSungId: text,
    NoiDungBoSung: text,
    NguoiTiepNhanBoSung: text,
    ThongTinTiepNhan: text,
    NgayTiepNhanBoSung: time,
    DanhSachGiayToBoSung: z.array(z.object({ TenGiayTo: text })).nullish(),
  })
  .transform((row) => ({
    id: row.HoSoBoSungId,
    content: row.NoiDungBoSung,
    receivedBy: row.NguoiTiepNhanBoSung,
    receivedInfo: row.ThongTinTiepNhan,
    receivedAt: row.NgayTiepNhanBoSung,
    papers: (row.DanhSachGiayToBoSung ?? []).map((paper) => paper.TenGiayTo).filter((name) => name !== ''),
  }));

const payment = z
  .object({
    MaThamChieu: z.string().min(1),
    SoTien: z.union([z.string(), z.number()]).transform(Number).pipe(z.int().min(0)),
    ThoiGianThanhToan: time,
    TrangThaiThanhToan: z.union([z.string(), z.number()]).transform(Number).pipe(z.int().min(1).max(3)),
  })
  .transform((row) => ({
    reference: row.MaThamChieu,
    amountVnd: row.SoTien,
    paidAt: row.ThoiGianThanhToan,
    outcome: row.TrangThaiThanhToan as 1 | 2 | 3,
  }));

/** Rows of a list that fit; the others are counted, so that one odd row holds up nothing. */
function rowsOf<T>(value: unknown, schema: z.ZodType<T>): { rows: T[]; unreadable: number } {
  const list = Array.isArray(value) ? value : [];
  const rows = list.flatMap((row) => {
    const parsed = schema.safeParse(row);
    return parsed.success ? [parsed.data] : [];
  });
  return { rows, unreadable: list.length - rows.length };
}

/**
 * What happened to a dossier at the portal, from the row `TraCuuHoSo` answers. The lists `TienDo` and `DanhSachThanhToan` are
 * assumed (only the state is documented): without them nothing but the state is known.
 */
export function portalMoves(raw: Readonly<Record<string, unknown>>): PortalMoves {
  const steps = rowsOf(raw['TienDo'], step);
  // A request for papers that nobody answered yet has no time of reception.
  const answered = (Array.isArray(raw['DanhSachHoSoBoSung']) ? raw['DanhSachHoSoBoSung'] : []).filter(
    (row: unknown) => String((row as { NgayTiepNhanBoSung?: unknown })?.NgayTiepNhanBoSung ?? '') !== '',
  );
  const supplements = rowsOf(answered, supplement);
  const payments = rowsOf(raw['DanhSachThanhToan'], payment);
  return {
    steps: steps.rows.sort((a, b) => a.at.getTime() - b.at.getTime()),
    supplements: supplements.rows,
    payments: payments.rows,
    unreadable: steps.unreadable + supplements.unreadable + payments.unreadable,
  };
}
