import { createHash, randomUUID } from 'node:crypto';
import express, { type Response } from 'express';
import { z } from 'zod';
import { fieldsOf, recordEffect } from '../kit/effects.ts';
import { modeOf, type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

/** Settings of the simulated portal, generation B. */
export interface NationalPortalBSimulatorOptions extends SimulatorOptions {
  clientId: string;
  clientSecret: string;
}

/** What it holds. */
export interface PortalBHolding {
  code: string;
  procedureCode: string;
  state: number;
  files: string[];
  fees: number;
  results: string[];
  steps: { state: number; content: string }[];
}

/** The simulator. */
export interface NationalPortalB extends Simulator {
  holdings(): PortalBHolding[];
}

const time = z.string().regex(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})?$/);
const state = z.int().min(1).max(10);
const paper = z.looseObject({ IdGiayTo: z.string().min(1), HashTepTin: z.string().min(1) });
const dossier = z.looseObject({
  MaHoSo: z.string().min(1),
  MaTTHC: z.string().min(1),
  MaDichVuCong: z.string().min(1),
  ChuHoSo: z.string().min(1),
  LoaiDoiTuong: z.int().min(1).max(4),
  MaDonViTiepNhan: z.string().min(1),
  TrangThai: state,
  ThanhPhanHoSo: z.array(
    z.looseObject({ TenThanhPhanHoSo: z.string().min(1), GiayToDinhKem: z.array(paper) }),
  ),
  ThongTinNguoiNop: z.looseObject({ ThongTinChiTiet: z.looseObject({ TenNguoiNop: z.string().min(1) }) }),
});
const steps = z
  .array(
    z.looseObject({
      MaHoSo: z.string(),
      NguoiXuLy: z.string().min(1),
      ThoiDiemXuLy: time,
      NoiDungXuLy: z.string().min(1),
      TrangThai: state,
    }),
  )
  .min(1);
const states = z
  .array(
    z.looseObject({
      MaHoSo: z.string(),
      TrangThai: state,
      DanhSachLePhi: z.array(z.looseObject({ Gia: z.string().regex(/^\d+$/) })).optional(),
      DanhSachGiayToKetQua: z
        .array(z.looseObject({ IdGiayTo: z.string(), TenGiayTo: z.string() }))
        .optional(),
    }),
  )
  .min(1);

/** Starts a portal of generation B: client token, uploads known by id and digest, lists only with states 5, 6 and 9. */
export async function startNationalPortalB(
  options: NationalPortalBSimulatorOptions,
): Promise<NationalPortalB> {
  const tokens = new Set<string>();
  const files = new Map<string, string>();
  const held = new Map<string, PortalBHolding>();
  const numbers = new Map<string, number>();
  const refuse = (res: Response, code: number, message: string) =>
    void res.json({ code, message, data: null });
  const fine = (res: Response, data: unknown = null) => void res.json({ code: 0, message: '', data });
  const simulator = await startSimulatorServer(options, (app, context) => {
    app.use(express.json({ limit: '60mb' }));
    app.post('/token', (req, res) => {
      const { client_id, client_secret } = (req.body ?? {}) as Record<string, unknown>;
      if (client_id !== options.clientId || client_secret !== options.clientSecret)
        return void res.status(401).json({ error: 'invalid_client' });
      const token = randomUUID();
      tokens.add(token);
      res.json({ access_token: token, expires_in: 3600, token_type: 'Bearer', scope: 'default' });
    });
    // The one way a dossier moves without a push: a person tells the simulator.
    app.post('/tell/:code', (req, res) => {
      const holding = held.get(req.params.code);
      const parsed = z.object({ state }).safeParse(req.body);
      if (holding === undefined) return void res.status(404).json({ error: 'no such dossier' });
      if (!parsed.success) return void res.status(400).json({ error: 'state must be 1 to 10' });
      holding.state = parsed.data.state;
      res.json(holding);
    });
    app.use((req, res, next) => {
      if (modeOf(res) === 'wrong-session') tokens.clear();
      if (tokens.has((req.get('authorization') ?? '').replace(/^Bearer /, ''))) next();
      else res.status(401).json({ code: 401, message: 'Token hết hạn', data: null });
    });
    app.post('/GetNextValue', (req, res) => {
      const code = String((req.body as Record<string, unknown>)['MaTTHC']);
      const number = (numbers.get(code) ?? 0) + 1;
      numbers.set(code, number);
      fine(res, `G22.99-261120-${String(number).padStart(6, '0')}`);
    });
    app.post('/UploadFile', (req, res) => {
      const { TenTep, NoiDung } = (req.body ?? {}) as Record<string, unknown>;
      if (typeof TenTep !== 'string' || typeof NoiDung !== 'string' || NoiDung === '')
        return refuse(res, 2, 'Thiếu TenTep, NoiDung');
      const IdTepTin = randomUUID();
      const HashTepTin = createHash('sha256').update(Buffer.from(NoiDung, 'base64')).digest('hex');
      files.set(IdTepTin, HashTepTin);
      fine(res, [{ IdTepTin, HashTepTin }]);
    });
    app.post('/CreateDossier', async (req, res) => {
      const parsed = dossier.safeParse(req.body);
      if (!parsed.success) return refuse(res, 2, `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}`);
      const { MaHoSo, MaTTHC, TrangThai, ThanhPhanHoSo } = parsed.data;
      const papers = ThanhPhanHoSo.flatMap((component) => component.GiayToDinhKem);
      if (papers.some((given) => files.get(given.IdGiayTo) !== given.HashTepTin))
        return refuse(res, 5, 'Tệp không khớp mã băm');
      if (held.has(MaHoSo)) return refuse(res, 3, 'Hồ sơ đã tồn tại');
      await recordEffect(context, 'dossier', MaHoSo, req.body, 'national-portal');
      held.set(MaHoSo, {
        code: MaHoSo,
        procedureCode: MaTTHC,
        state: TrangThai,
        files: papers.map((given) => given.IdGiayTo),
        fees: 0,
        results: [],
        steps: [],
      });
      fine(res, { IdHoSo: randomUUID(), MaHoSo });
    });
    app.post('/CapNhatTienTrinh', async (req, res) => {
      const parsed = steps.safeParse(req.body);
      if (!parsed.success) return refuse(res, 2, `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}`);
      if (parsed.data.some((step) => !held.has(step.MaHoSo))) return refuse(res, 4, 'Hồ sơ không tồn tại');
      for (const step of parsed.data) {
        const holding = held.get(step.MaHoSo);
        holding?.steps.push({ state: step.TrangThai, content: step.NoiDungXuLy });
        if (holding) holding.state = step.TrangThai;
        await recordEffect(
          context,
          'progress',
          `${step.MaHoSo}|${step.ThoiDiemXuLy}|${step.TrangThai}`,
          step,
          'national-portal',
        );
      }
      fine(res);
    });
    app.post('/CapNhatTrangThai', async (req, res) => {
      const parsed = states.safeParse(req.body);
      if (!parsed.success) return refuse(res, 2, `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}`);
      for (const row of parsed.data) {
        const holding = held.get(row.MaHoSo);
        if (holding === undefined) return refuse(res, 4, 'Hồ sơ không tồn tại');
        if (
          (row.DanhSachLePhi ?? row.DanhSachGiayToKetQua) !== undefined &&
          ![5, 6, 9].includes(row.TrangThai)
        )
          return refuse(res, 6, 'Danh sách chỉ được gửi cùng trạng thái 5, 6, 9');
        holding.state = row.TrangThai;
        // The list is the whole of what is asked for, not what comes on top.
        if (row.DanhSachLePhi !== undefined)
          holding.fees = row.DanhSachLePhi.reduce((sum, fee) => sum + Number(fee.Gia), 0);
        holding.results.push(...(row.DanhSachGiayToKetQua ?? []).map((result) => result.TenGiayTo));
        await recordEffect(context, 'state', `${row.MaHoSo}|${row.TrangThai}`, row, 'national-portal');
      }
      fine(res);
    });
    app.post('/TraCuuHoSo', (req, res) => {
      const holding = held.get(String((req.body as Record<string, unknown>)['MaHoSo']));
      if (holding === undefined) return refuse(res, 4, 'Hồ sơ không tồn tại');
      fine(res, { MaHoSo: holding.code, TrangThai: holding.state, MaTTHC: holding.procedureCode });
    });
  });
  return { ...simulator, holdings: () => [...held.values()] };
}
