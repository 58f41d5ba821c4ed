import { randomUUID } from 'node:crypto';
import express from 'express';
import { z } from 'zod';
import { fieldsOf, recordEffect } from '../kit/effects.ts';
import { modeOf, type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

const time = z.string().regex(/^\d{14}$/);
const intake = z.looseObject({
  LaQuyTrinhCapTinh: z.boolean(),
  TinhId: z.string().min(1),
  XaId: z.string().min(1),
  SoBienNhan: z.string().min(1),
  MaHoSoMotCua: z.string().min(1),
  NgayTiepNhan: time,
  NgayHenTra: time,
  ThongTinNguoiNopDon: z.looseObject({ HoTen: z.string().min(1) }),
  ThongTinThuaDat: z.looseObject({
    SoThuTuThua: z.string().min(1),
    SoHieuBanDo: z.string().min(1),
    DienTich: z.number().positive(),
  }),
  DanhSachGiayToDinhKem: z.array(z.looseObject({ TenGiayTo: z.string().min(1) })).min(1),
});
const voucher = z.looseObject({
  MaHoSo: z.string().min(1),
  MaSoThue: z.string().min(1),
  ThongTinThanhToan: z.looseObject({
    ThoiGianThanhToan: time,
    MaThongBaoThue: z.string().min(1),
    SoTien: z.string().regex(/^[1-9]\d*$/),
  }),
});

/** Starts a land register with the password grant; it takes each receipt number once. */
export function startLandTax(
  options: SimulatorOptions & { username: string; password: string },
): Promise<Simulator> {
  const tokens = new Set<string>();
  const held = new Set<string>();
  return startSimulatorServer(options, (app, context) => {
    app.post('/token', express.urlencoded({ extended: false }), (req, res) => {
      const { grant_type, username, password } = (req.body ?? {}) as Record<string, unknown>;
      if (grant_type !== 'password' || username !== options.username || password !== options.password)
        return void res.status(400).json({ error: 'invalid_grant' });
      const token = randomUUID();
      tokens.add(token);
      res.json({ access_token: token, token_type: 'bearer', expires_in: 1800 });
    });
    app.use(express.json({ limit: '60mb' }));
    app.use((req, res, next) => {
      if (modeOf(res) === 'wrong-session') tokens.clear();
      if (tokens.has((req.get('authorization') ?? '').replace(/^Bearer /, ''))) next();
      else res.status(401).json({ Status: 0, Message: 'Token không hợp lệ' });
    });
    app.post('/TiepNhanHoSo', async (req, res) => {
      const parsed = intake.safeParse(req.body);
      if (!parsed.success)
        return void res.json({ Status: 0, Message: `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}` });
      await recordEffect(context, 'intake', parsed.data.SoBienNhan, req.body, 'land-tax');
      if (held.has(parsed.data.SoBienNhan))
        return void res.json({ Status: 0, Message: 'Số biên nhận đã tồn tại' });
      held.add(parsed.data.SoBienNhan);
      res.json({ Status: 1, Message: 'Thành công' });
    });
    app.post('/ChungTuNopTien', async (req, res) => {
      const parsed = voucher.safeParse(req.body);
      if (!parsed.success)
        return void res.json({ Status: 0, Message: `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}` });
      await recordEffect(
        context,
        'voucher',
        parsed.data.ThongTinThanhToan.MaThongBaoThue,
        req.body,
        'land-tax',
      );
      res.json({ Status: 1, Message: 'Thành công' });
    });
  });
}
