import { createHash, randomUUID } from 'node:crypto';
import express, { type Express, type Request, type Response } from 'express';
import { z } from 'zod';
import { portalTime } from '../../national-portal/index.ts';
import {
  modeOf,
  type Simulator,
  type SimulatorContext,
  type SimulatorOptions,
  startSimulatorServer,
} from '../kit/server.ts';
import { type PortalDossierRow, type PortalStepRow, portalDossier, portalStep } from './rules.ts';
import { portalPage } from './view.ts';

/** Settings of the simulated National Public Service Portal, generation A. */
export interface NationalPortalOptions extends SimulatorOptions {
  accounts: { username: string; password: string; unitCode: string; dstCode?: string }[];
  /** Life of a session. Default 30 minutes. */
  sessionMs?: number;
  /** Rows of the catalogue of procedures. */
  procedures?: { code: string; name: string; fieldCode: string; fieldName: string; levels?: string[] }[];
  /** Questions citizens asked. */
  questions?: { id: string; title: string; content: string; askedBy: string; answer?: string }[];
}

/** A dossier the portal holds, as last pushed, and the steps in the order they came. */
export interface PortalHolding {
  row: PortalDossierRow;
  steps: PortalStepRow[];
  unitCode: string;
  /** What was paid on the portal. */
  payments?: Record<string, string>[];
}

/** The simulator; `url` is the client's base URL. */
export interface NationalPortal extends Simulator {
  holdings(): PortalHolding[];
}

/** Codes of this simulator; the real portal documents only 0, and ±3 for "exists". */
const CODES = { session: -1, format: 1, fields: 2, exists: 3, missing: 4, unit: 5, service: 6 } as const;

interface Parts extends SimulatorContext {
  options: NationalPortalOptions;
  sessions: Map<string, { unitCode: string; until: number }>;
  held: Map<string, PortalHolding>;
  asked: NonNullable<NationalPortalOptions['questions']>;
}

type Body = Record<string, unknown>;

/** Starts a portal that keeps its own rules: login, services, required fields, limits, dates, the "exists" rule, states. */
export async function startNationalPortal(options: NationalPortalOptions): Promise<NationalPortal> {
  const held = new Map<string, PortalHolding>();
  const simulator = await startSimulatorServer(options, (app, context) => {
    addRoutes(app, { ...context, options, sessions: new Map(), held, asked: [...(options.questions ?? [])] });
  });
  return { ...simulator, holdings: () => [...held.values()] };
}

function addRoutes(app: Express, parts: Parts): void {
  app.get('/', (_req, res) => void res.type('html').send(portalPage([...parts.held.values()])));
  app.get('/dossiers', (_req, res) => void res.json([...parts.held.values()]));
  app.use(express.json({ limit: '5mb' }));
  app.post('/auth', (req, res) => login(parts, req, res));
  app.post('/integration', (req, res) => withSession(parts, req, res, integrate));
  app.post('/share', (req, res) => withSession(parts, req, res, share));
  app.post('/tell/:code', (req, res) => tell(parts, req, res));
  app.post('/ask', (req, res) => askQuestion(parts, req, res));
}

function refuse(res: Response, code: number, message: string): void {
  res.json({ error_code: code, message });
}

function login(parts: Parts, req: Request, res: Response): void {
  const { username, password } = (req.body ?? {}) as Record<string, unknown>;
  const account = parts.options.accounts.find(
    (known) => known.username === username && known.password === password,
  );
  const reached = !account?.dstCode || account.dstCode === req.get('dstcode');
  if (!account || !reached) {
    refuse(res, CODES.session, 'Tài khoản hoặc mật khẩu không đúng');
    return;
  }
  const session = randomUUID();
  const until = parts.now().getTime() + (parts.options.sessionMs ?? 30 * 60_000);
  parts.sessions.set(session, { unitCode: account.unitCode, until });
  res.json({ session, error_code: 0 });
}

type Service = (parts: Parts, body: Body, unitCode: string, res: Response) => Promise<void> | void;

async function withSession(parts: Parts, req: Request, res: Response, run: Service): Promise<void> {
  const body = (req.body ?? {}) as Body;
  if (modeOf(res) === 'wrong-session') parts.sessions.delete(String(body['session']));
  const session = parts.sessions.get(String(body['session']));
  if (!session || session.until < parts.now().getTime())
    refuse(res, CODES.session, 'Session không hợp lệ hoặc đã hết hạn');
  else if (body['madonvi'] !== session.unitCode) refuse(res, CODES.unit, 'Mã đơn vị không thuộc tài khoản');
  else await run(parts, body, session.unitCode, res);
}

const integrate: Service = async (parts, body, unitCode, res) => {
  if (body['service'] === 'DongBoHoSoMC') await syncDossiers(parts, body, unitCode, res);
  else if (body['service'] === 'CapNhatTienDoHoSoMC' || body['service'] === 'DongBoTrangThaiHoSo') {
    await addSteps(parts, body, unitCode, res);
  } else if (body['service'] === 'TraCuuHoSo') {
    const holding = parts.held.get(String(body['mahoso']));
    if (!holding) refuse(res, CODES.missing, 'Hồ sơ không tồn tại');
    else
      res.json({
        error_code: 0,
        message: '',
        data: [{ ...holding.row, TienDo: holding.steps, DanhSachThanhToan: holding.payments ?? [] }],
      });
  } else refuse(res, CODES.service, 'Dịch vụ không được hỗ trợ');
};

async function syncDossiers(parts: Parts, body: Body, unitCode: string, res: Response): Promise<void> {
  const parsed = z
    .object({ isUpdating: z.enum(['True', 'False']), data: z.array(portalDossier).min(1).max(100) })
    .safeParse(body);
  if (!parsed.success) return refuseFields(res, parsed.error);
  const { isUpdating, data } = parsed.data;
  const known = data.find((row) => parts.held.has(row.MaHoSo));
  const unknown = data.find((row) => !parts.held.has(row.MaHoSo));
  if (isUpdating === 'False' && known) return refuse(res, CODES.exists, `Hồ sơ ${known.MaHoSo} đã tồn tại`);
  if (isUpdating === 'True' && unknown)
    return refuse(res, CODES.missing, `Hồ sơ ${unknown.MaHoSo} không tồn tại`);
  const foreign = data.find((row) => (parts.held.get(row.MaHoSo)?.unitCode ?? unitCode) !== unitCode);
  if (foreign) return refuse(res, CODES.unit, 'Hồ sơ thuộc đơn vị khác');
  for (const row of data) {
    const { steps = [], payments = [] } = parts.held.get(row.MaHoSo) ?? {};
    parts.held.set(row.MaHoSo, { row, unitCode, steps, payments });
    await record(parts, isUpdating === 'True' ? 'dossier-update' : 'dossier', row.MaHoSo, row, unitCode);
  }
  res.json({ error_code: 0, message: 'Thành công' });
}

async function addSteps(parts: Parts, body: Body, unitCode: string, res: Response): Promise<void> {
  const parsed = z.object({ data: z.array(portalStep).min(1).max(100) }).safeParse(body);
  if (!parsed.success) return refuseFields(res, parsed.error);
  const unknown = parsed.data.data.find((row) => parts.held.get(row.MaHoSo)?.unitCode !== unitCode);
  if (unknown) return refuse(res, CODES.missing, `Hồ sơ ${unknown.MaHoSo} không tồn tại`);
  const times = modeOf(res) === 'duplicate' ? 2 : 1;
  for (const step of parsed.data.data) {
    const holding = parts.held.get(step.MaHoSo);
    for (let copy = 0; copy < times; copy += 1) holding?.steps.push(step);
    if (holding) holding.row.TrangThaiHoSo = step.TrangThai;
    await record(parts, 'progress', step.MaHoSo, step, unitCode);
  }
  res.json({ error_code: '00', message: 'Thành công' });
}

function refuseFields(res: Response, error: z.ZodError): void {
  const missing = error.issues.some((issue) => issue.code === 'invalid_type');
  const fields = [...new Set(error.issues.map((issue) => String(issue.path.at(-1))))].join(', ');
  refuse(res, missing ? CODES.fields : CODES.format, `Dữ liệu không hợp lệ: ${fields}`);
}

/** Same dossier created twice, or the same step or update content pushed twice, is the same effect. */
function record(
  parts: Parts,
  kind: string,
  code: string,
  row: PortalDossierRow | PortalStepRow,
  unitCode: string,
) {
  const sha256 = createHash('sha256').update(JSON.stringify(row)).digest('hex');
  const key = kind === 'dossier' ? code : `${code}|${sha256}`;
  const state = 'TrangThai' in row ? row.TrangThai : row['TrangThaiHoSo'];
  return parts.ledger.append({
    kind,
    id: code,
    key,
    sha256,
    from: unitCode,
    to: ['national-portal'],
    facts: { state: String(state) },
  });
}

const share: Service = (parts, body, _unitCode, res) => {
  const procedures = parts.options.procedures ?? [];
  if (body['service'] === 'LayDanhSachTTHC') {
    res.json({
      error_code: 0,
      message: '',
      result: procedures.flatMap(({ code, name, fieldCode, fieldName, levels = ['3'] }) =>
        levels.map((level) => ({
          MATTHC: code,
          TENTTHC: name,
          MALINHVUC: fieldCode,
          TENLINHVUC: fieldName,
          CAPTHUCHIEN: level,
        })),
      ),
    });
  } else if (body['service'] === 'LayDanhMucLinhVuc') {
    const fields = new Map(procedures.map((procedure) => [procedure.fieldCode, procedure.fieldName]));
    const result = [...fields].map(([MALINHVUC, TENLINHVUC]) => ({ MALINHVUC, TENLINHVUC }));
    res.json({ error_code: 0, message: '', result });
  } else if (body['service'] === 'LayDanhMucCoQuan') {
    const units = [...new Set(parts.options.accounts.map((account) => account.unitCode))];
    res.json({
      error_code: 0,
      message: '',
      result: units.map((MADONVI) => ({ MADONVI, TENDONVI: MADONVI })),
    });
  } else if (body['service'] === 'LayThuTuc') {
    const procedure = procedures.find(({ code }) => code === body['maTTHC']);
    if (!procedure) refuse(res, CODES.missing, 'Thủ tục không tồn tại');
    else {
      const { code, name, fieldCode, fieldName } = procedure;
      const LINHVUCTHUCHIEN = [{ MALINHVUC: fieldCode, TENLINHVUC: fieldName, MANGANH: '' }];
      res.json({ error_code: 0, message: '', result: [{ MATTHC: code, TENTTHC: name, LINHVUCTHUCHIEN }] });
    }
  } else if (/^LayDanhSachHoiDap/.test(String(body['service']))) {
    const rows = parts.asked.map((question) => ({
      CAUHOIID: question.id,
      TIEUDE: question.title,
      NOIDUNG: question.content,
      NGUOIHOI: question.askedBy,
      NGAYHOI: '20261120083000',
    }));
    res.json({ error_code: '0', message: '', data: rows });
  } else if (body['service'] === 'LayNoiDungTraLoiTheoCauHoi') {
    const question = parts.asked.find(({ id }) => id === body['cauhoiid']);
    if (question === undefined) refuse(res, CODES.missing, 'Câu hỏi không tồn tại');
    else res.json({ error_code: 0, message: '', data: { NoiDungTraLoi: question.answer ?? '' } });
  } else refuse(res, CODES.service, 'Dịch vụ không được hỗ trợ');
};

const told = z
  .object({
    state: portalDossier.shape.TrangThaiHoSo.optional(),
    by: z.string().min(1).max(50).default('Công dân'),
    content: z.string().min(1).max(1000).default('Thao tác trên Cổng'),
    /** Answers a request for papers. */
    supplement: z.object({ id: z.string(), papers: z.array(z.string()).default([]) }).optional(),
    payment: z.object({ reference: z.string().min(1), amountVnd: z.int().min(0) }).optional(),
  })
  .refine((body) => body.state ?? body.supplement ?? body.payment, 'state, supplement or payment');

/** The one way a dossier moves without a push: a person tells the simulator (a citizen withdraws, pays, brings papers). */
function tell(parts: Parts, req: Request, res: Response): void {
  const holding = parts.held.get(String(req.params['code']));
  const parsed = told.safeParse(req.body);
  if (!holding || !parsed.success) {
    const problem = parsed.success ? 'no such dossier' : `bad fields: ${parsed.error.message}`;
    res.status(holding ? 400 : 404).json({ error: problem });
    return;
  }
  const { state, by, content, supplement, payment } = parsed.data;
  const at = portalTime(parts.now());
  const { row } = holding;
  if (supplement !== undefined) {
    const answer = {
      HoSoBoSungId: supplement.id,
      NoiDungBoSung: content,
      NguoiTiepNhanBoSung: by,
      ThongTinTiepNhan: 'Nộp trên Cổng',
      NgayTiepNhanBoSung: at,
      TrangThaiBoSung: true,
      DanhSachGiayToBoSung: supplement.papers.map((TenGiayTo) => ({ TenGiayTo })),
    };
    row['DanhSachHoSoBoSung'] = [...((row['DanhSachHoSoBoSung'] as unknown[] | undefined) ?? []), answer];
  }
  if (payment !== undefined)
    holding.payments = [
      ...(holding.payments ?? []),
      {
        MaThamChieu: payment.reference,
        SoTien: String(payment.amountVnd),
        ThoiGianThanhToan: at,
        TrangThaiThanhToan: '1',
      },
    ];
  if (state !== undefined) {
    row.TrangThaiHoSo = state;
    const step = {
      MaHoSo: row.MaHoSo,
      NguoiXuLy: by,
      ThoiDiemXuLy: at,
      NoiDungXuLy: content,
      TrangThai: state,
    };
    holding.steps.push(step);
  }
  res.json(holding);
}

/** A citizen asks something. */
function askQuestion(parts: Parts, req: Request, res: Response): void {
  const parsed = z
    .object({ id: z.string().min(1), title: z.string(), content: z.string().min(1), askedBy: z.string() })
    .safeParse(req.body);
  if (!parsed.success) return void res.status(400).json({ error: parsed.error.message });
  parts.asked.push(parsed.data);
  res.status(201).json(parsed.data);
}
