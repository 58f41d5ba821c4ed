import { randomUUID } from 'node:crypto';
import express from 'express';
import { z } from 'zod';
import { fieldsOf, recordEffect } from '../kit/effects.ts';
import { modeOf, type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

/** Settings of the simulated linked services. */
export interface LinkedServiceSimulatorOptions extends SimulatorOptions {
  username: string;
  password: string;
  dossiers: { linkedCode: string; module: 'KS' | 'KT'; payload: string }[];
}

/** TTHC of the two linked services. */
const PROCEDURES = { KS: '2.002621', KT: '2.002622' } as const;

const told = z.object({
  maTTHC: z.enum(['2.002621', '2.002622']),
  soHoSoLT: z.string().min(1),
  coQuanXuLy: z.string().min(1),
  maHoSo: z.string().min(1),
  trangThai: z.int().min(2).max(7),
  thoiGianThucHien: z.string().regex(/^\d{2}\/\d{2}\/\d{4} \d{2}:\d{2}:\d{2}$/),
  nguoiXuLy: z.string().min(1),
  noiDungXuLy: z.string().min(1),
});

/** Starts a service with dossiers that wait; one that was marked as received leaves the list. */
export function startLinkedService(options: LinkedServiceSimulatorOptions): Promise<Simulator> {
  const tokens = new Set<string>();
  const received = new Set<string>();
  const find = (code: unknown) => options.dossiers.find((dossier) => dossier.linkedCode === code);
  const row = (dossier: { linkedCode: string; module: 'KS' | 'KT' }) => ({
    soHoSoLT: dossier.linkedCode,
    maTTHC: PROCEDURES[dossier.module],
  });
  return startSimulatorServer(options, (app, context) => {
    app.use(express.json());
    app.post('/api/token', (req, res) => {
      const { username, password } = (req.body ?? {}) as Record<string, unknown>;
      if (username !== options.username || password !== options.password)
        return void res.status(401).json({});
      const token = randomUUID();
      tokens.add(token);
      res.json({ access_token: token, expires_in: 1800 });
    });
    app.use('/api/lienthongdvclt', (req, res, next) => {
      if (modeOf(res) === 'wrong-session') tokens.clear();
      if (tokens.has((req.get('authorization') ?? '').replace(/^Bearer /, ''))) next();
      else res.status(401).json({ status: 0, message: 'Token hết hạn' });
    });
    app.get('/api/lienthongdvclt/danhsach', (req, res) => {
      const waiting = options.dossiers.filter(
        (dossier) => dossier.module === req.query['module'] && !received.has(dossier.linkedCode),
      );
      res.json({ status: 1, message: '', data: waiting.map(row) });
    });
    app.get('/api/lienthongdvclt/hosolienthong', (req, res) => {
      const dossier = find(req.query['soHoSoLT']);
      if (dossier === undefined)
        return void res.json({ status: 0, message: 'Hồ sơ không tồn tại', data: null });
      res.json({ status: 1, message: '', data: { ...row(dossier), duLieu: dossier.payload } });
    });
    app.put('/api/lienthongdvclt/danhan', async (req, res) => {
      const { soHoSoLT } = (req.body ?? {}) as Record<string, unknown>;
      if (find(soHoSoLT) === undefined) return void res.json({ status: 0, message: 'Hồ sơ không tồn tại' });
      received.add(String(soHoSoLT));
      await recordEffect(context, 'received', String(soHoSoLT), req.body, 'linked-service');
      res.json({ status: 1, message: '' });
    });
    app.post('/api/lienthongdvclt/trangthai', async (req, res) => {
      const parsed = told.safeParse(req.body);
      if (!parsed.success)
        return void res.json({ status: 0, message: `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}` });
      if (find(parsed.data.soHoSoLT) === undefined)
        return void res.json({ status: 0, message: 'Hồ sơ không tồn tại' });
      await recordEffect(
        context,
        'status',
        `${parsed.data.soHoSoLT}|${parsed.data.trangThai}`,
        req.body,
        'linked-service',
      );
      res.json({ status: 1, message: '' });
    });
  });
}
