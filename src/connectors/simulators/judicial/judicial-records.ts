import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Express, type Request, type Response } from 'express';
import { z } from 'zod';
import {
  modeOf,
  type Simulator,
  type SimulatorContext,
  type SimulatorOptions,
  startSimulatorServer,
} from '../kit/server.ts';
import { buildRecordPdf } from './record-pdf.ts';

/** Settings of the simulated judicial-records service. */
export interface JudicialRecordsOptions extends SimulatorOptions {
  /** Provinces that may send, with their keys. */
  provinces: { code: string; authKey: string }[];
  /** Signs the result PDF before it leaves. Default: the PDF goes out unsigned. */
  signResult?: (pdf: Uint8Array) => Promise<Uint8Array>;
  /** The result is ready after this many status pulls (default 2) … */
  resultAfterPulls?: number;
  /** … or, when given instead, this long after submission. */
  resultAfterMs?: number;
  signerName?: string;
  /** Largest request. Default 60 MB. */
  maxBodyBytes?: number;
}

interface Held {
  province: string;
  fullName: string;
  birthDate: string;
  purpose: string;
  form: number;
  submittedAt: number;
  pulls: number;
  /** One result per dossier, however often it is asked for. */
  result: Promise<Record<string, unknown>> | undefined;
}

interface Parts extends SimulatorContext {
  options: JudicialRecordsOptions;
  held: Map<string, Held>;
}

const submission = z.object({
  authKey: z.string(),
  maTinh: z.string().min(1),
  tenTinh: z.string(),
  maHoSoMCDT: z.string().trim().min(1).max(50),
  ngayTiepNhan: z.iso.datetime({ offset: true }),
  toKhai: z.object({
    loaiPhieu: z.union([z.literal(1), z.literal(2)]),
    soLuongCap: z.int().min(1).max(50),
    tenMucDich: z.string(),
    nycHoTen: z.string().trim().min(1).max(200),
    nycNgaySinh: z.iso.date(),
    nycSoGiayTo: z.string().trim().min(1).max(20),
  }),
  fileHoSo: z
    .array(z.object({ tenLoaiFile: z.string(), tenFile: z.string().min(1), noiDungFile: z.base64().min(1) }))
    .max(50),
});

const pull = z.object({ authKey: z.string(), maTinh: z.string(), maHoSoMCDT: z.string() });

/** Starts a service that takes `DataLGSP`, works for a while, and answers pulls with a signed PDF. */
export function startJudicialRecords(options: JudicialRecordsOptions): Promise<Simulator> {
  return startSimulatorServer(options, (app, context) => {
    addRoutes(app, { ...context, options, held: new Map() });
  });
}

function addRoutes(app: Express, parts: Parts): void {
  app.use(express.json({ limit: parts.options.maxBodyBytes ?? 60_000_000 }));
  app.post('/v2/lyLichTuPhap/nhanHoSoLLTP', (req, res) => submit(parts, req, res));
  app.post('/v2/lyLichTuPhap/layTrangThaiHoSoLLTP', (req, res) => status(parts, req, res));
}

function isProvince(parts: Parts, res: Response, code: string, authKey: string): boolean {
  if (modeOf(res) === 'wrong-session') return false;
  const known = parts.options.provinces.find((province) => province.code === code);
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return known !== undefined && timingSafeEqual(digest(known.authKey), digest(authKey));
}

async function submit(parts: Parts, req: Request, res: Response): Promise<void> {
  const refuse = (statusCode: string, errorDetail: string) =>
    void res.json({ statusCode, data: '', errorDetail });
  const parsed = submission.safeParse(req.body);
  if (!parsed.success) {
    return refuse(
      '03',
      `Dữ liệu không hợp lệ: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`,
    );
  }
  const { authKey, maTinh, maHoSoMCDT, toKhai } = parsed.data;
  if (!isProvince(parts, res, maTinh, authKey)) return refuse('03', 'authKey không hợp lệ');
  if (parts.held.has(maHoSoMCDT)) {
    await record(parts, maHoSoMCDT, maTinh, req.body);
    return refuse('01', 'Hồ sơ đã tồn tại');
  }
  parts.held.set(maHoSoMCDT, {
    province: maTinh,
    fullName: toKhai.nycHoTen,
    birthDate: toKhai.nycNgaySinh,
    purpose: toKhai.tenMucDich,
    form: toKhai.loaiPhieu,
    submittedAt: parts.now().getTime(),
    pulls: 0,
    result: undefined,
  });
  await record(parts, maHoSoMCDT, maTinh, req.body);
  res.json({ statusCode: '00', data: maHoSoMCDT, errorDetail: '' });
}

/** A repeated submission is answered `01` and adds nothing, but the ledger shows that it was made. */
function record(parts: Parts, code: string, province: string, body: unknown) {
  const sha256 = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return parts.ledger.append({
    kind: 'request',
    id: code,
    key: code,
    sha256,
    from: province,
    to: ['judicial-records'],
  });
}

async function status(parts: Parts, req: Request, res: Response): Promise<void> {
  const refuse = (statusDescription: string) => void res.json({ status: 0, statusDescription, value: [] });
  const parsed = pull.safeParse(req.body);
  if (!parsed.success) return refuse('Dữ liệu không hợp lệ');
  const { authKey, maTinh, maHoSoMCDT } = parsed.data;
  if (!isProvince(parts, res, maTinh, authKey)) return refuse('authKey không hợp lệ');
  const held = parts.held.get(maHoSoMCDT);
  if (!held || held.province !== maTinh) {
    res.json({ status: 1, statusDescription: '', value: [] });
    return;
  }
  held.pulls += 1;
  if (!isReady(parts, held)) {
    res.json({
      status: 1,
      statusDescription: '',
      value: [{ maHoSoMCDT, trangThaiXuLy: 4, ketQuaXuLy: null }],
    });
    return;
  }
  held.result ??= makeResult(parts, maHoSoMCDT, held);
  res.json({
    status: 1,
    statusDescription: '',
    value: [{ maHoSoMCDT, trangThaiXuLy: 9, ketQuaXuLy: await held.result }],
  });
}

function isReady(parts: Parts, held: Held): boolean {
  const { resultAfterMs, resultAfterPulls = 2 } = parts.options;
  if (resultAfterMs !== undefined) return parts.now().getTime() - held.submittedAt >= resultAfterMs;
  return held.pulls >= resultAfterPulls;
}

async function makeResult(parts: Parts, code: string, held: Held): Promise<Record<string, unknown>> {
  const number = `${String([...parts.held.keys()].indexOf(code) + 1).padStart(4, '0')}/LLTP-THỬ`;
  const date = new Date(parts.now().getTime() + 7 * 3_600_000).toISOString().slice(0, 10);
  const signer = parts.options.signerName ?? 'Nguyễn Văn Thử';
  const pdf = buildRecordPdf(recordLines(code, held, number, date, signer));
  const signed = parts.options.signResult ? await parts.options.signResult(pdf) : pdf;
  await parts.ledger.append({
    kind: 'result',
    id: number,
    key: code,
    sha256: createHash('sha256').update(signed).digest('hex'),
    from: 'judicial-records',
    to: [held.province],
    facts: { dossierCode: code },
  });
  return {
    soPhieuLLTP: number,
    ngayCapPhieu: date,
    loaiPhieu: held.form,
    nguoiKy: signer,
    chucVu: 'Giám đốc',
    tinhTrangAnTich: 0,
    tenTinhTrangAnTich: 'Không có án tích',
    phieuLLTP: Buffer.from(signed).toString('base64'),
  };
}

function recordLines(code: string, held: Held, number: string, date: string, signer: string): string[] {
  const [year, month, day] = date.split('-');
  return [
    'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM',
    'Độc lập - Tự do - Hạnh phúc',
    '',
    `Số: ${number}`,
    `Ngày ${day} tháng ${month} năm ${year}`,
    '',
    `PHIẾU LÝ LỊCH TƯ PHÁP SỐ ${held.form}`,
    '(Bản thử nghiệm, không có giá trị pháp lý)',
    '',
    `Mã hồ sơ: ${code}`,
    `Họ và tên: ${held.fullName}`,
    `Ngày sinh: ${held.birthDate.split('-').reverse().join('/')}`,
    `Mục đích: ${held.purpose}`,
    'Tình trạng án tích: Không có án tích',
    '',
    'GIÁM ĐỐC',
    '',
    signer,
  ];
}
