import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Express, type Request, type Response, Router } from 'express';
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
import { acceptPackage } from './accept.ts';
import type { Envelope } from './envelope.ts';
import { type AxisDelivery, type AxisState, type AxisSystem, createAxisState } from './state.ts';

/** Settings of the simulated eDoc axis; a system's id is the OrganId it signs in with. */
export interface EdocAxisOptions extends SimulatorOptions {
  systems: AxisSystem[];
  /** Agencies of the directory for which no system polls. */
  agencies?: { code: string; name: string; locked?: boolean }[];
  /** Packages go to this folder; without it they stay in memory. */
  dir?: string;
}

/** Path of the service below the host. */
export const EDOC_BASE_PATH = '/EdocService';

/** The simulator, and the base URL for clients. */
export interface EdocAxis extends Simulator {
  baseUrl: string;
}

interface Parts extends SimulatorContext {
  state: AxisState;
  blobs: Blobs;
  /** Numbers as that axis gives them, by the delivery they stand for. */
  numbers: Map<number, AxisDelivery>;
  /** Documents taken, by what this axis knows one again. */
  known: Set<string>;
}

/** Starts an eDoc axis: octet streams up, base64 in JSON down, words instead of error numbers. */
export async function startEdocAxis(options: EdocAxisOptions): Promise<EdocAxis> {
  const maxBytes = options.dir ? 1024 ** 3 : 256 * 1024 ** 2;
  const blobs = await createBlobs({ maxBytes, ...(options.dir && { dir: options.dir }) });
  const simulator = await startSimulatorServer(options, (app, context) => {
    const state = createAxisState(options.systems, options.agencies ?? [], context.now);
    addRoutes(app, { ...context, state, blobs, numbers: new Map(), known: new Set() });
  });
  return { ...simulator, baseUrl: simulator.url + EDOC_BASE_PATH };
}

function addRoutes(app: Express, parts: Parts): void {
  const router = Router();
  router.use((req, res, next) => authenticate(parts, req, res, next));
  router.post('/sendDocument', (req, res) => sendDocument(parts, req, res));
  router.get('/getPendingDocIds', (req, res) => pending(parts, req, res));
  router.post('/getDocument', (req, res) => getDocument(parts, req, res));
  router.post('/confirmReceived', (req, res) => confirm(parts, req, res));
  router.get('/getOrganizations', (_req, res) => {
    const live = [...parts.state.agencies.values()].filter((agency) => !agency.deleted);
    const organizations = live.map(({ code, name, mail }) => ({ domain: code, name, email: mail }));
    res.json({ status: 'Success', code: '0', errors: [], organizations });
  });
  app.use(EDOC_BASE_PATH, router);
}

/** `confirmReceived` names the agency in `organId`: its system's token counts then. */
async function authenticate(parts: Parts, req: Request, res: Response, next: () => void): Promise<void> {
  const organId = req.get('organId') ?? '';
  const systemId = parts.state.systems.has(organId)
    ? organId
    : (parts.state.agencies.get(organId)?.systemId ?? '');
  const secret = parts.state.systems.get(systemId)?.secret;
  if (modeOf(res) === 'wrong-session' || secret === undefined || secret !== req.get('Authorization')) {
    await drain(req);
    res
      .status(401)
      .json({ status: 'False', code: '9999', errors: [{ code: 'Permission', description: 'Sai mã' }] });
    return;
  }
  res.locals['systemId'] = systemId;
  next();
}

function refuse(res: Response, code: string, description: string): void {
  res.json({ status: 'Fail', code: '9999', errors: [{ code, description }], docId: 0 });
}

/** Knows a new document again by subject, number, notation, date, sender, recipients and names of files. */
function knownBy({ message, from, to }: Envelope): string | null {
  if (message.kind !== 'document' || message.business.businessDocType !== 0) return null;
  const { subject, code, promulgationInfo, attachments } = message;
  const names = attachments.map(({ name }) => name);
  return JSON.stringify([subject, code, promulgationInfo.promulgationDate, from, to, names]);
}

async function sendDocument(parts: Parts, req: Request, res: Response): Promise<void> {
  const systemId = res.locals['systemId'] as string;
  const type = req.get('type');
  if (type !== 'EDOC' && type !== 'STATUS') {
    await drain(req);
    return refuse(res, 'BadRequest', 'Bad Request');
  }
  const messageType = type === 'STATUS' ? 'status' : 'edoc';
  const times = modeOf(res) === 'duplicate' ? 2 : 1;
  const judge = (envelope: Envelope): { code: string; text: string } | undefined => {
    const key = knownBy(envelope);
    if (key === null) return undefined;
    if (parts.known.has(key)) return { code: 'ExistDoc', text: 'Văn bản đã tồn tại' };
    parts.known.add(key);
    return undefined;
  };
  const submission = { systemId, from: '', messageType, times, judge } as const;
  const outcome = await acceptPackage(parts, submission, async (blobId) => {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    async function* measured(): AsyncGenerator<Uint8Array> {
      for await (const chunk of req) {
        hash.update(chunk as Buffer);
        sizeBytes += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    }
    await parts.blobs.write(blobId, measured());
    const sha256 = hash.digest('hex');
    if (sha256 !== req.get('hash-edoc')) return { code: '10', text: 'hash-edoc' };
    return { blobId, sizeBytes, sha256 };
  });
  if (!outcome.ok) return refuse(res, WORDS[outcome.code] ?? 'BadRequest', outcome.text);
  for (const delivery of outcome.sent.deliveries) parts.numbers.set(parts.numbers.size + 1, delivery);
  res.json({ status: 'Success', code: '0', errors: [], docId: parts.numbers.size });
}

/** The family's numbers in this axis' words. */
const WORDS: Readonly<Record<string, string>> = {
  '10': 'M.Attachment-Encoding',
  ExistDoc: 'ExistDoc',
  '18': 'M.MessageHeader.To.OrganId',
  '19': 'Permission',
  '22': 'M.MessageHeader',
  '23': 'M.MessageHeader.To.OrganId',
};

function pending(parts: Parts, req: Request, res: Response): void {
  const messageType = req.get('type') === 'STATUS' ? 'status' : 'edoc';
  const systemId = res.locals['systemId'] as string;
  const data = [...parts.numbers]
    .filter(
      ([, row]) =>
        row.systemId === systemId && row.sent.messageType === messageType && row.status === 'initial',
    )
    .map(([docId, row]) => ({ docId, organId: row.toCode }));
  res.json({ status: 'Success', code: '0', errors: [], data });
}

function found(parts: Parts, req: Request, res: Response): AxisDelivery | undefined {
  const row = parts.numbers.get(Number(req.get('docId')));
  return row?.systemId === res.locals['systemId'] ? row : undefined;
}

async function getDocument(parts: Parts, req: Request, res: Response): Promise<void> {
  const row = found(parts, req, res);
  if (!row) return refuse(res, 'DocID', 'Invalid DocID');
  async function* body(blobId: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"status":"Success","code":"0","errors":[],"data":"');
    yield* encodeBase64(parts.blobs.read(blobId));
    yield Buffer.from('"}');
  }
  res.type('json');
  await pipeline(Readable.from(body(row.sent.blobId)), res);
}

function confirm(parts: Parts, req: Request, res: Response): void {
  const row = found(parts, req, res);
  if (!row) {
    refuse(res, 'DocID', 'Invalid DocID');
    return;
  }
  row.status = 'done';
  row.updated = parts.now();
  res.json({ status: 'Success', code: '0', errors: [] });
}
