import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import express, { type Express, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { AXIS_CODES } from '../../axis-codes.ts';
import { encodeBase64 } from '../../base64.ts';
import { type Blobs, createBlobs } from '../kit/blobs.ts';
import {
  drain,
  modeOf,
  type Simulator,
  type SimulatorContext,
  type SimulatorOptions,
  startSimulatorServer,
} from '../kit/server.ts';
import { type AxisOutcome, acceptPackage, type StoredPackage } from './accept.ts';
import { axisTime } from './national-axis.ts';
import { type AxisState, type AxisSystem, createAxisState } from './state.ts';

/** Settings of the simulated provincial axis. */
export interface ProvincialAxisOptions extends SimulatorOptions {
  systems: AxisSystem[];
  /** Agencies of the directory for which no system polls. */
  agencies?: { code: string; name: string; locked?: boolean }[];
  /** Packages go to this folder; without it they stay in memory. */
  dir?: string;
  /** Default 1 GiB with a folder, 256 MiB without. */
  maxEdocBytes?: number;
  /** Offer the list of sent documents, which the real API may lack. Default true. */
  sentList?: boolean;
  /** Wants a login beside id and key, as Lạng Sơn does. Default: none. */
  login?: { username: string; password: string; applicationCode: string };
}

/** The simulator; `url` is the client's base URL. */
export type ProvincialAxis = Simulator;

interface Parts extends SimulatorContext {
  state: AxisState;
  blobs: Blobs;
  maxBytes: number;
}

const statusUpdate = z.object({
  docId: z.string().min(1),
  status: z.enum(['01', '02', '03', '04', '05', '06', 'done']),
});

/** Starts a provincial axis that speaks the LGSP document API (`/v1/…`, system id and key in headers). */
export async function startProvincialAxis(options: ProvincialAxisOptions): Promise<ProvincialAxis> {
  const maxBytes = options.maxEdocBytes ?? (options.dir ? 1024 ** 3 : 256 * 1024 ** 2);
  const blobs = await createBlobs({ maxBytes, ...(options.dir && { dir: options.dir }) });
  return startSimulatorServer(options, (app, context) => {
    const state = createAxisState(options.systems, options.agencies ?? [], context.now);
    if (options.login !== undefined) addLogin(app, options.login, context.now);
    addRoutes(app, { ...context, state, blobs, maxBytes }, options.sentList ?? true);
  });
}

const TOKEN_LIFE_MS = 30 * 60_000;

/** `POST /v1/auth/login`, and the door that its tokens open. */
function addLogin(app: Express, account: NonNullable<ProvincialAxisOptions['login']>, now: () => Date): void {
  const tokens = new Map<string, number>();
  app.post('/v1/auth/login', express.json({ limit: '64kb' }), (req, res) => {
    const given = (req.body ?? {}) as Partial<typeof account>;
    const names = ['username', 'password', 'applicationCode'] as const;
    if (names.some((name) => given[name] !== account[name])) {
      res.json({ code: 401, message: 'Sai tài khoản hoặc mật khẩu', data: null });
      return;
    }
    const token = randomUUID();
    tokens.set(`Bearer ${token}`, now().getTime() + TOKEN_LIFE_MS);
    res.json({ code: 200, message: 'OK', data: { token, username: account.username } });
  });
  app.use('/v1', (req, res, next) => {
    if ((tokens.get(req.get('authorization') ?? '') ?? 0) > now().getTime()) return next();
    void drain(req).then(() => res.status(401).json({ code: 401, message: 'licenseInfo:invalid' }), next);
  });
}

function addRoutes(app: Express, parts: Parts, offersSentList: boolean): void {
  const router = Router();
  router.use((req, res, next) => authenticate(parts, req, res, next));
  router.post('/sendEdoc', (req, res) => sendEdoc(parts, req, res));
  router.get('/syncReceivedEdocList', (req, res) => receivedList(parts, req, res));
  router.get('/getEdoc', (req, res) => getEdoc(parts, req, res));
  router.post('/updateStatus', express.json({ limit: '64kb' }), (req, res) => updateStatus(parts, req, res));
  if (offersSentList) router.get('/getSentEdocList', (req, res) => sentList(parts, req, res));
  app.use('/v1', router);
}

async function authenticate(parts: Parts, req: Request, res: Response, next: () => void): Promise<void> {
  const systemId = req.get('X-SystemId') ?? '';
  const secret = parts.state.systems.get(systemId)?.secret;
  if (modeOf(res) === 'wrong-session' || secret === undefined || secret !== req.get('X-SecretKey')) {
    await drain(req);
    refuse(res.status(401), AXIS_CODES.badCredentials, 'Sai SystemId hoặc SecretKey');
    return;
  }
  res.locals['systemId'] = systemId;
  next();
}

function refuse(res: Response, errorCode: string, errorDesc: string): void {
  res.json({
    success: false,
    message: errorDesc,
    data: { docId: '', status: 'error', errorCode, errorDesc },
  });
}

async function sendEdoc(parts: Parts, req: Request, res: Response): Promise<void> {
  if (Number(req.headers['content-length'] ?? 0) > parts.maxBytes + 4096) {
    await drain(req);
    refuse(res.status(413), AXIS_CODES.invalidFile, 'File quá lớn');
    return;
  }
  const systemId = res.locals['systemId'] as string;
  const form = await readForm(parts, req, (messageType, receive) => {
    const times = modeOf(res) === 'duplicate' ? 2 : 1;
    return acceptPackage(parts, { systemId, from: '', messageType, times }, receive);
  });
  if (form.ok) res.json({ success: true, message: 'Gửi văn bản thành công', docId: form.sent.senderDocId });
  else refuse(res, form.code, form.text);
}

type Accept = (
  messageType: 'edoc' | 'status',
  receive: (blobId: string) => Promise<StoredPackage | { code: string; text: string }>,
) => Promise<AxisOutcome>;

/** `messageType` may come before or after the file, so the package is judged when the whole form is there. */
function readForm(parts: Parts, req: Request, accept: Accept): Promise<AxisOutcome> {
  const bad = (text: string): AxisOutcome => ({ ok: false, code: AXIS_CODES.invalidFile, text });
  if (!/^multipart\/form-data;/i.test(req.get('content-type') ?? '')) {
    return drain(req).then(() => bad('Phải gửi multipart/form-data'));
  }
  return new Promise((resolve, reject) => {
    const temporary = `form-${crypto.randomUUID()}`;
    let stored: Promise<StoredPackage> | undefined;
    let messageType = '';
    const form = new Busboy({
      headers: { ...req.headers, 'content-type': req.get('content-type') ?? '' },
      limits: { files: 1, fields: 10, fieldSize: 1024 },
    });
    form.on('field', (name: string, value: string) => {
      if (name === 'messageType') messageType = value;
    });
    form.on('file', (name: string, file: Readable) => {
      if (name !== 'edocFile') file.resume();
      else {
        stored = store(parts.blobs, temporary, file);
        stored.catch(() => file.resume());
      }
    });
    form.on('error', reject);
    form.on('finish', () => {
      const kept = stored;
      if (!kept) resolve(bad('Thiếu edocFile'));
      else if (messageType !== 'edoc' && messageType !== 'status')
        resolve(bad('messageType phải là edoc hoặc status'));
      else resolve(accept(messageType, (blobId) => adopt(parts.blobs, kept, blobId)));
    });
    req.pipe(form);
  });
}

async function store(blobs: Blobs, blobId: string, file: AsyncIterable<Uint8Array>): Promise<StoredPackage> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* counted() {
    for await (const chunk of file) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  await blobs.write(blobId, counted());
  return { blobId, sizeBytes, sha256: hash.digest('hex') };
}

async function adopt(blobs: Blobs, kept: Promise<StoredPackage>, blobId: string): Promise<StoredPackage> {
  const stored = await kept;
  await blobs.rename(stored.blobId, blobId);
  return { ...stored, blobId };
}

function receivedList(parts: Parts, req: Request, res: Response) {
  const { messageType, fromDate, toDate } = req.query as Record<string, string | undefined>;
  if (!fromDate || !toDate) return refuse(res, AXIS_CODES.invalidFile, 'Thiếu fromDate hoặc toDate');
  const data = parts.state
    .received(res.locals['systemId'] as string)
    .filter((row) => {
      const day = axisTime(row.created).slice(0, 10);
      return row.sent.messageType === messageType && day >= fromDate && day <= toDate;
    })
    .map((row) => ({
      docId: row.receiverDocId,
      from: row.sent.envelope.from,
      to: row.toCode,
      status: row.status,
      statusDesc: row.status,
      serviceType: 'eDoc',
      messageType: row.sent.messageType,
      createdTime: axisTime(row.created),
      updatedTime: axisTime(row.updated),
    }));
  res.json({ success: true, message: 'OK', count: data.length, data });
}

async function getEdoc(parts: Parts, req: Request, res: Response): Promise<void> {
  const row = parts.state.delivery(res.locals['systemId'] as string, String(req.query['docId'] ?? ''));
  if (!row) return refuse(res, AXIS_CODES.notFound, 'Không có văn bản này');
  const { from, notation, subject } = row.sent.envelope;
  const head = {
    docId: row.receiverDocId,
    from,
    fromName: parts.state.agencies.get(from)?.name ?? '',
    edocCode: notation,
    edocAbstract: subject,
  };
  async function* answer() {
    yield Buffer.from(
      `{"success":true,"message":"OK","data":{${JSON.stringify(head).slice(1, -1)},"edxml":"`,
    );
    if (row) yield* encodeBase64(parts.blobs.read(row.sent.blobId));
    yield Buffer.from('","attachments":[]}}');
  }
  res.type('json');
  await pipeline(Readable.from(answer()), res);
}

function updateStatus(parts: Parts, req: Request, res: Response) {
  const parsed = statusUpdate.safeParse(req.body);
  if (!parsed.success) return refuse(res, AXIS_CODES.invalidFile, 'docId hoặc status không hợp lệ');
  const row = parts.state.delivery(res.locals['systemId'] as string, parsed.data.docId);
  if (!row) return refuse(res, AXIS_CODES.notFound, 'Không có văn bản này');
  row.status = parsed.data.status;
  row.updated = parts.now();
  res.json({ success: true, message: 'OK' });
}

function sentList(parts: Parts, req: Request, res: Response): void {
  const { documentId, messageType } = req.query as Record<string, string | undefined>;
  const systemId = res.locals['systemId'] as string;
  const rows = parts.state.sent.filter(
    (sent) =>
      sent.systemId === systemId &&
      sent.messageType === messageType &&
      (documentId === undefined || sent.envelope.documentId === documentId),
  );
  const data = rows.flatMap((sent) =>
    sent.deliveries.map((row) => ({
      docId: sent.senderDocId,
      documentId: sent.envelope.documentId,
      from: sent.envelope.from,
      to: row.toCode,
      status: row.status,
      sha256: sent.sha256,
      createdTime: axisTime(sent.at),
    })),
  );
  res.json({ success: true, message: 'OK', count: data.length, data });
}
