import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, { type Express, type Request, type Response, Router } from 'express';
import { AXIS_CODES } from '../../axis-codes.ts';
import {
  endsWithCrlf,
  matchesHashFile,
  type SendBodyFacts,
  stripSendBody,
  VxpRequestError,
  type VxpRequestErrorCode,
  verifyVxpRequest,
  vxpAnswer,
} from '../../vxp/index.ts';
import { type Blobs, createBlobs } from '../kit/blobs.ts';
import {
  drain,
  modeOf,
  type Simulator,
  type SimulatorContext,
  type SimulatorOptions,
  startSimulatorServer,
} from '../kit/server.ts';
import { acceptPackage } from './accept.ts';
import { addAxisDirectory } from './directory.ts';
import { type AxisState, type AxisSystem, createAxisState } from './state.ts';

/** Settings of the simulated national document axis. */
export interface NationalAxisOptions extends SimulatorOptions {
  systems: AxisSystem[];
  /** Agencies of the directory for which no system polls. */
  recipients?: { code: string; name: string; locked?: boolean }[];
  /** Packages go to this folder; without it they stay in memory. */
  dir?: string;
  /** Default 1.5 GiB with a folder, 256 MiB without. */
  maxEdocBytes?: number;
  /** Largest distance between a request's time and ours. Default 5 minutes. */
  windowMs?: number;
  /** Told of every call, for judging the client that makes it. */
  watch?: AxisWatch;
}

/** One call as it was made and answered. */
export interface AxisCall {
  /** `sendEdoc`, `getReceivedEdocList`, … as the client wrote it. */
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  /** Signed arguments by name; null when the call was refused before anyone looked at them. */
  readonly args: Readonly<Record<string, string>> | null;
  /** Why it was refused then. */
  readonly refusal: VxpRequestErrorCode | null;
  readonly httpStatus: number;
  /** Null where the answer is the package itself. */
  readonly errorCode: string | null;
  /** What `sendEdoc` carried, when it got that far. */
  readonly body: SendBodyFacts | null;
}

/** Who looks on. */
export interface AxisWatch {
  /** Reads a package before the axis decides about it. */
  read?(content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Called when the answer is out. */
  called(call: AxisCall): void;
}

/** The simulator, and the base URL for clients. */
export interface NationalAxis extends Simulator {
  /** `…/XrdAdapter/adapter` */
  baseUrl: string;
}

/** Path the public SDK calls. */
export const VXP_BASE_PATH = '/XrdAdapter/adapter';

/** Machines of Vietnam's zone, and those (containers mostly) that run in UTC. */
const SDK_ZONES = [420, 0];
const DEFAULT_WINDOW_MS = 5 * 60_000;
const RECEIVE_STATUSES = new Set(['processing', 'done', 'fail']);

interface Parts extends SimulatorContext {
  state: AxisState;
  blobs: Blobs;
  maxBytes: number;
  watch: AxisWatch | undefined;
}

/** Starts a national axis that speaks the whole VXP wire protocol of the public SDK. */
export async function startNationalAxis(options: NationalAxisOptions): Promise<NationalAxis> {
  const maxBytes = options.maxEdocBytes ?? (options.dir ? 1.5 * 1024 ** 3 : 256 * 1024 ** 2);
  const blobs = await createBlobs({ maxBytes, ...(options.dir && { dir: options.dir }) });
  const simulator = await startSimulatorServer(options, (app, context) => {
    const state = createAxisState(options.systems, options.recipients ?? [], context.now);
    const parts = { ...context, state, blobs, maxBytes, watch: options.watch };
    addVxpRoutes(app, parts, options.windowMs ?? DEFAULT_WINDOW_MS);
  });
  return { ...simulator, baseUrl: simulator.url + VXP_BASE_PATH };
}

function addVxpRoutes(app: Express, parts: Parts, windowMs: number): void {
  const router = Router();
  if (parts.watch !== undefined) router.use(watched(parts.watch));
  router.use(authenticate(parts, windowMs));
  router.post('/sendEdoc', (req, res) => sendEdoc(parts, req, res));
  router.use(express.json({ type: () => true, limit: '64kb', strict: false }));
  router.post('/getReceivedEdocList', (_req, res) => void res.json(vxpAnswer.ok(receivedList(parts, res))));
  router.post('/getEdoc', (_req, res) => getEdoc(parts, res));
  router.get('/downloadEdoc', (_req, res) => downloadEdoc(parts, res));
  router.post('/updateStatus', (_req, res) => updateStatus(parts, res));
  router.post('/getSentEdocList', (_req, res) => void res.json(vxpAnswer.ok({ data: sentList(parts, res) })));
  // The SDK asks with POST although its own documents say GET.
  router.all(
    '/countReceiveEdoc',
    (_req, res) => void res.json(vxpAnswer.ok({ count: countOpen(parts, res, 'edoc') })),
  );
  router.all(
    '/countReceiveStatus',
    (_req, res) => void res.json(vxpAnswer.ok({ count: countOpen(parts, res, 'status') })),
  );
  addAxisDirectory(router, parts.state, parts.ledger);
  router.use(
    (_req, res) => void res.status(404).json(vxpAnswer.fail(AXIS_CODES.notFound, 'Không có dịch vụ này')),
  );
  app.use(VXP_BASE_PATH, router);
}

/** Notes what was asked and answered, and tells it when the answer is out. */
function watched(watch: AxisWatch) {
  return (req: Request, res: Response, next: () => void): void => {
    const json = res.json.bind(res);
    res.json = (body: { ErrorCode?: string }) => {
      res.locals['errorCode'] = body.ErrorCode ?? null;
      return json(body);
    };
    const { headers, path } = req;
    res.once('finish', () => {
      const { args = null, refusal = null, errorCode = null, body = null } = res.locals;
      const operation = path.replace(/^\/+/, '');
      watch.called({ operation, headers, args, refusal, httpStatus: res.statusCode, errorCode, body });
    });
    next();
  };
}

function authenticate(parts: Parts, windowMs: number) {
  return async (req: Request, res: Response, next: () => void): Promise<void> => {
    try {
      if (modeOf(res) === 'wrong-session') throw new VxpRequestError('VXP_BAD_SIGNATURE');
      const secretFor = (systemId: string) => parts.state.systems.get(systemId)?.secret;
      const { systemId, args } = verifyVxpRequest({
        headers: req.headersDistinct,
        secretFor,
        now: parts.now(),
        windowMs,
        zoneOffsetsMinutes: SDK_ZONES,
      });
      res.locals['systemId'] = systemId;
      res.locals['args'] = args;
    } catch (error) {
      if (!(error instanceof VxpRequestError)) throw error;
      res.locals['refusal'] = error.code;
      await drain(req);
      res.status(401).json(vxpAnswer.fail(error.axisCode, error.vi));
      return;
    }
    next();
  };
}

/** Authenticated system of this request and one of its signed arguments. */
function systemOf(res: Response): string {
  return res.locals['systemId'] as string;
}

/** They travel as headers, whose names have no case; as the SDK's own examples spell it one goes before others. */
function argOf(res: Response, name: string): string {
  const args = res.locals['args'] as Record<string, string>;
  const spelled = Object.keys(args).find((other) => other.toLowerCase() === name.toLowerCase());
  return args[name] ?? args[spelled ?? ''] ?? '';
}

async function sendEdoc(parts: Parts, req: Request, res: Response): Promise<void> {
  const messageType = argOf(res, 'messagetype');
  if (Number(req.headers['content-length'] ?? 0) > parts.maxBytes + 2) {
    await drain(req);
    res.status(413).json(vxpAnswer.fail(AXIS_CODES.invalidFile, 'File quá lớn'));
    return;
  }
  if (messageType !== 'edoc' && messageType !== 'status') {
    await drain(req);
    res.json(vxpAnswer.fail(AXIS_CODES.invalidFile, 'messagetype phải là edoc hoặc status'));
    return;
  }
  const submission = {
    systemId: systemOf(res),
    from: argOf(res, 'from'),
    messageType,
    times: modeOf(res) === 'duplicate' ? 2 : 1,
  } as const;
  const outcome = await acceptPackage(parts, submission, async (blobId) => {
    const note = (facts: SendBodyFacts) => {
      res.locals['body'] = facts;
    };
    const stored = await storeBody(parts.blobs, blobId, req, argOf(res, 'hash-file'), note);
    await parts.watch?.read?.(parts.blobs.read(blobId));
    return stored;
  });
  if (!outcome.ok) req.resume();
  res.json(
    outcome.ok
      ? vxpAnswer.ok({ docId: outcome.sent.senderDocId })
      : vxpAnswer.fail(outcome.code, outcome.text),
  );
}

/** Stores the body without its closing CRLF; a sender that adds none and whose file ends so gets its CRLF back. */
async function storeBody(
  blobs: Blobs,
  blobId: string,
  body: AsyncIterable<Uint8Array>,
  hashFile: string,
  tell: (facts: SendBodyFacts) => void,
) {
  let facts: SendBodyFacts | undefined;
  const note = (found: SendBodyFacts) => {
    facts = found;
    tell(found);
    return endsWithCrlf(hashFile, found);
  };
  await blobs.write(blobId, stripSendBody(body, note));
  if (!facts) throw new Error('body facts missing');
  if (matchesHashFile(hashFile, facts.sha256))
    return { blobId, sizeBytes: facts.sizeBytes, sha256: facts.sha256 };
  if (!matchesHashFile(hashFile, facts.rawSha256)) {
    return { code: AXIS_CODES.invalidFile, text: 'hash-file không khớp với nội dung file' };
  }
  return { blobId, sizeBytes: facts.sizeBytes + 2, sha256: facts.rawSha256 };
}

function receivedList(parts: Parts, res: Response): { data: unknown[]; count: number } {
  const [from, to] = [argOf(res, 'fromDate'), argOf(res, 'toDate')];
  const dated = from !== '' || to !== '';
  const rows = parts.state.received(systemOf(res)).filter((row) => {
    if (row.sent.messageType !== argOf(res, 'messagetype')) return false;
    const day = axisTime(row.created).slice(0, 10);
    return dated ? day >= from && (to === '' || day <= to) : isOpen(row.status);
  });
  const data = rows.map((row) => ({
    docId: row.receiverDocId,
    serviceType: 'eDoc',
    messageType: row.sent.messageType,
    created_time: axisTime(row.created),
    updated_time: axisTime(row.updated),
    from: row.sent.envelope.from,
    to: row.toCode,
    status: row.status,
    status_desc: row.status,
  }));
  return { data, count: data.length };
}

/** Without dates the list shows what the receiver has not finished with. */
function isOpen(status: string): boolean {
  return status === 'initial' || status === 'processing';
}

function countOpen(parts: Parts, res: Response, messageType: string): number {
  const rows = parts.state.received(systemOf(res));
  return rows.filter((row) => row.sent.messageType === messageType && isOpen(row.status)).length;
}

async function getEdoc(parts: Parts, res: Response): Promise<void> {
  const row = parts.state.delivery(systemOf(res), argOf(res, 'docId'));
  if (!row) {
    res.json(vxpAnswer.fail(AXIS_CODES.notFound, 'Không có văn bản này'));
    return;
  }
  res.type('json');
  await pipeline(Readable.from(vxpAnswer.edoc(row.receiverDocId, parts.blobs.read(row.sent.blobId))), res);
}

async function downloadEdoc(parts: Parts, res: Response): Promise<void> {
  const row = parts.state.delivery(systemOf(res), argOf(res, 'docId'));
  if (!row) {
    res.status(404).json(vxpAnswer.fail(AXIS_CODES.notFound, 'Không có văn bản này'));
    return;
  }
  res.type('application/xml');
  await pipeline(Readable.from(parts.blobs.read(row.sent.blobId)), res);
}

function updateStatus(parts: Parts, res: Response): void {
  const status = argOf(res, 'status');
  const row = parts.state.delivery(systemOf(res), argOf(res, 'docId'));
  if (!RECEIVE_STATUSES.has(status))
    res.json(vxpAnswer.fail(AXIS_CODES.invalidFile, 'status phải là processing, done hoặc fail'));
  else if (!row) res.json(vxpAnswer.fail(AXIS_CODES.notFound, 'Không có văn bản này'));
  else {
    row.status = status;
    row.updated = parts.now();
    res.json(vxpAnswer.ok());
  }
}

function sentList(parts: Parts, res: Response): unknown[] {
  const [systemId, messageType, docId] = [systemOf(res), argOf(res, 'messagetype'), argOf(res, 'docId')];
  const mine = parts.state.sent.filter(
    (sent) =>
      sent.systemId === systemId &&
      sent.messageType === messageType &&
      (docId === '' || sent.senderDocId === docId),
  );
  return mine.flatMap((sent) =>
    sent.deliveries.map((row) => ({
      senderDocId: sent.senderDocId,
      receiverDocId: row.receiverDocId,
      fromCode: sent.envelope.from,
      toCode: row.toCode,
      title: sent.envelope.subject,
      notation: sent.envelope.notation,
      sentTime: axisTime(sent.at),
      receivedTime: row.status === 'initial' ? '' : axisTime(row.updated),
      sendStatus: 'done',
      sendStatusDesc: 'Đã gửi',
      receiveStatus: row.status,
      receiveStatusDesc: row.status,
      serviceType: 'eDoc',
      messageType: sent.messageType,
      documentId: sent.envelope.documentId,
      sha256: sent.sha256,
    })),
  );
}

/** `yyyy/MM/dd HH:mm:ss` at UTC+7, as the axis lists times. */
export function axisTime(at: Date): string {
  const local = new Date(at.getTime() + 7 * 3_600_000).toISOString();
  return `${local.slice(0, 10).replaceAll('-', '/')} ${local.slice(11, 19)}`;
}
