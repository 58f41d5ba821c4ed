import express from 'express';
import { z } from 'zod';
import { buildRecordPdf } from '../judicial/record-pdf.ts';
import { fieldsOf, isAuthorized, recordEffect } from '../kit/effects.ts';
import { type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

/** Settings of the simulated civil-status system. */
export interface CivilStatusSimulatorOptions extends SimulatorOptions {
  /** Bearer token a client must show. Default: none asked for. */
  token?: string;
  /** Signs a certificate before it leaves. Default: it goes out unsigned. */
  signResult?: (pdf: Uint8Array) => Promise<Uint8Array>;
  /** The registration is done after this many questions. Default 1. */
  resultAfterPulls?: number;
}

const module = z.enum(['LTKS', 'LTKT', 'LTKH']);
const submission = z.object({
  maDonVi: z.string().min(1),
  module,
  maHoSoLT: z.string().min(1),
  maHoSoMCDT: z.string().min(1),
  ngayTiepNhan: z.string().regex(/^\d{2}\/\d{2}\/\d{4} \d{2}:\d{2}:\d{2}$/),
  data: z.string(),
  fileDinhKem: z.array(z.object({ tenTepDinhKem: z.string().min(1), duLieuTepDinhKem: z.base64().min(1) })),
});
const pull = z.object({
  maDinhDanhHoSo: z.array(z.string()).min(1).max(50),
  maTinh: z.string().min(1),
  module,
});

/** Names without which a form is sent back for more papers. */
const NEEDED = {
  LTKS: ['nksHoTen', 'meHoTen'],
  LTKT: ['nktHoTen'],
  LTKH: ['voHoTen', 'chongHoTen'],
} as const;
const CERTIFICATE = {
  LTKS: ['giayKhaiSinh', 'GIẤY KHAI SINH'],
  LTKT: ['giayKhaiTu', 'TRÍCH LỤC KHAI TỬ'],
  LTKH: ['giayKetHon', 'GIẤY CHỨNG NHẬN KẾT HÔN'],
} as const;

/** Starts a system that reads the form in `data`, asks for what is missing (2), and registers the rest (4). */
export function startCivilStatus(options: CivilStatusSimulatorOptions = {}): Promise<Simulator> {
  const held = new Map<
    string,
    { form: Record<string, unknown>; module: z.infer<typeof module>; pulls: number }
  >();
  return startSimulatorServer(options, (app, context) => {
    app.use(express.json({ limit: '60mb' }));
    app.use((req, res, next) => {
      const wanted = options.token === undefined ? undefined : `Bearer ${options.token}`;
      if (isAuthorized(res, wanted === undefined ? undefined : req.get('authorization'), wanted as string))
        next();
      else res.status(401).json({ message: 'unauthorized' });
    });
    app.post('/nhanDKHT', async (req, res) => {
      const refuse = (errorCode: string, errorDescription: string) =>
        void res.json({ status: '0', statusDescription: '', errorCode, errorDescription });
      const parsed = submission.safeParse(req.body);
      if (!parsed.success) return refuse('02', `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}`);
      let form: unknown;
      try {
        form = JSON.parse(parsed.data.data);
      } catch {
        return refuse('02', 'Trường data không phải JSON');
      }
      const code = parsed.data.maHoSoMCDT;
      await recordEffect(context, 'registration', code, req.body, 'civil-status');
      if (held.has(code)) return refuse('01', 'Hồ sơ đã tồn tại');
      held.set(code, { form: form as Record<string, unknown>, module: parsed.data.module, pulls: 0 });
      res.json({ status: '1', statusDescription: 'Thành công', errorCode: '', errorDescription: '' });
    });
    app.post('/layKetQua', async (req, res) => {
      const parsed = pull.safeParse(req.body);
      if (!parsed.success)
        return void res.json({ status: 0, statusDescription: `Thiếu ${fieldsOf(parsed.error)}`, value: [] });
      const value = [];
      for (const code of parsed.data.maDinhDanhHoSo) {
        const dossier = held.get(code);
        if (dossier === undefined || dossier.module !== parsed.data.module) continue;
        dossier.pulls += 1;
        value.push(await rowOf(code, dossier));
      }
      res.json({ status: 1, statusDescription: '', value });
    });
  });

  async function rowOf(
    code: string,
    dossier: { form: Record<string, unknown>; module: z.infer<typeof module>; pulls: number },
  ) {
    const row = { maHoSoMCDT: code, module: dossier.module, ghiChu: '', noiDungXuLy: '', ketQuaXuLy: null };
    const missing = NEEDED[dossier.module].filter((name) => !dossier.form[name]);
    if (missing.length > 0) return { ...row, trangThai: '2', noiDungXuLy: `Bổ sung: ${missing.join(', ')}` };
    if (dossier.pulls <= (options.resultAfterPulls ?? 1)) return { ...row, trangThai: '3' };
    const number = [...held.keys()].indexOf(code) + 1;
    const [field, title] = CERTIFICATE[dossier.module];
    const unsigned = buildRecordPdf([
      title,
      `Số: ${number}/2026`,
      '(Bản thử nghiệm, không có giá trị pháp lý)',
    ]);
    const pdf = options.signResult ? await options.signResult(unsigned) : unsigned;
    const ketQuaXuLy = {
      soDinhDanh: dossier.module === 'LTKS' ? `0792260${String(number).padStart(5, '0')}` : '',
      ngayDangKy: '20/11/2026',
      soDangKy: `${number}/2026`,
      quyenSo: '01',
      trangSo: String(number),
      [field]: Buffer.from(pdf).toString('base64'),
    };
    return { ...row, trangThai: '4', ketQuaXuLy };
  }
}
