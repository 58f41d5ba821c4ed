import type { ZodType } from 'zod';
import { ConnectorError } from '../errors.ts';
import { createHttp, type Http, readJson, statusFailure } from '../http.ts';
import { dossierFaults, progressFaults, toWireDossier, toWireProgress } from './mapping.ts';
import { portalMoves } from './moves.ts';
import {
  type PortalHead,
  portalAnswer,
  portalDossierRow,
  portalHead,
  portalQuestion,
  portalRows,
  portalSession,
  smallKeys,
} from './schema.ts';
import type {
  NationalPortalClient,
  NationalPortalClientOptions,
  PortalLookup,
  PortalProgress,
} from './types.ts';

/** Catalogues come whole. */
const DEFAULT_MAX_ANSWER_BYTES = 64 * 1024 ** 2;
const DEFAULT_SESSION_MAX_AGE_MS = 20 * 60_000;

interface PortalCall {
  service: string;
  family: 'integration' | 'share';
  body?: Record<string, unknown>;
}

type Ask = <T>(call: PortalCall, schema: ZodType<T>) => Promise<T>;

/** Client of the National Public Service Portal, generation A. Sessions are kept and renewed inside. */
export function createNationalPortalClient(options: NationalPortalClientOptions): NationalPortalClient {
  const http = createHttp('national-portal', { maxAnswerBytes: DEFAULT_MAX_ANSWER_BYTES, ...options });
  const now = options.now ?? (() => new Date());
  const session = createSession(http, options, now);

  async function post(call: PortalCall, token: string) {
    const paths = {
      integration: options.integrationPath ?? '/integration',
      share: options.sharePath ?? '/share',
    };
    const body = JSON.stringify({
      session: token,
      madonvi: options.unitCode,
      service: call.service,
      ...call.body,
    });
    const url = options.baseUrl.replace(/\/+$/, '') + paths[call.family];
    const answer = await http.text({
      operation: call.service,
      method: 'POST',
      url,
      headers: headersOf(options),
      body,
    });
    assertOk(http, call.service, answer, now());
    return answer;
  }

  /** A refused session means nothing was done: log in anew and ask once more. */
  const ask: Ask = async (call, schema) => {
    const token = await session.get();
    try {
      return readJson(http, call.service, await post(call, token), schema);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'CONNECTOR_AUTH_FAILED') throw error;
      session.drop(token);
      return readJson(http, call.service, await post(call, await session.get()), schema);
    }
  };

  return {
    async login() {
      session.drop();
      await session.get();
    },
    syncDossier: (dossier, more) => syncDossier(http, ask, dossier, more?.known ?? false),
    updateProgress: (steps) => pushSteps(http, ask, 'CapNhatTienDoHoSoMC', steps, {}),
    syncStates: (steps) => pushSteps(http, ask, 'DongBoTrangThaiHoSo', steps, { type: '2' }),
    lookup: (dossierCode) => lookup(http, ask, dossierCode),
    catalogue: (service) => ask({ service, family: 'share' }, portalRows),
    async questions(from) {
      const service = from === 'portal' ? 'LayDanhSachHoiDapGuiTuDVCQG' : 'LayDanhSachHoiDapBoCoQuan';
      const rows = await ask({ service, family: 'share' }, portalRows);
      return rows.map((row) => {
        const { cauhoiid, tieude, noidung, nguoihoi, ngayhoi } = readRow(http, service, portalQuestion, row);
        return { id: cauhoiid, title: tieude, content: noidung, askedBy: nguoihoi, askedAt: ngayhoi };
      });
    },
    async answer(questionId) {
      const service = 'LayNoiDungTraLoiTheoCauHoi';
      const body = { cauhoiid: questionId };
      const rows = await unlessMissing(() => ask({ service, family: 'share', body }, portalRows));
      const [row] = rows ?? [];
      const text = row === undefined ? '' : readRow(http, service, portalAnswer, row).noidungtraloi;
      return text === '' ? undefined : text;
    },
    async procedure(procedureCode) {
      const body = { maTTHC: procedureCode };
      return unlessMissing(
        async () => (await ask({ service: 'LayThuTuc', family: 'share', body }, portalRows))[0],
      );
    },
  };
}

async function syncDossier(
  http: Http,
  ask: Ask,
  dossier: Parameters<typeof toWireDossier>[0],
  known: boolean,
) {
  const service = 'DongBoHoSoMC';
  refuseFaults(http, service, dossierFaults(dossier));
  const data = [toWireDossier(dossier)];
  const push = (isUpdating: 'True' | 'False') =>
    ask({ service, family: 'integration', body: { isUpdating, data } }, portalHead);
  if (!known) {
    try {
      await push('False');
      return { updated: false };
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'CONNECTOR_ALREADY_EXISTS') throw error;
    }
  }
  await push('True');
  return { updated: true };
}

async function pushSteps(
  http: Http,
  ask: Ask,
  service: string,
  steps: PortalProgress[],
  more: Record<string, unknown>,
) {
  refuseFaults(http, service, steps.flatMap(progressFaults));
  await ask(
    { service, family: 'integration', body: { ...more, data: steps.map(toWireProgress) } },
    portalHead,
  );
}

async function lookup(http: Http, ask: Ask, dossierCode: string): Promise<PortalLookup | undefined> {
  const service = 'TraCuuHoSo';
  const rows = await unlessMissing(() =>
    ask({ service, family: 'integration', body: { mahoso: dossierCode } }, portalRows),
  );
  const raw = rows?.find((row) => row['MaHoSo'] === dossierCode);
  if (!raw) return undefined;
  const parsed = portalDossierRow.safeParse(raw);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join('.'));
    throw http.fail('CONNECTOR_BAD_ANSWER', service, { fields });
  }
  return {
    code: parsed.data.MaHoSo,
    state: parsed.data.TrangThaiHoSo,
    procedureCode: parsed.data.MaTTHC,
    raw,
    moves: portalMoves(raw),
  };
}

function readRow<T>(http: Http, service: string, schema: ZodType<T>, row: Record<string, unknown>): T {
  const parsed = schema.safeParse(smallKeys(row));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.'));
  throw http.fail('CONNECTOR_BAD_ANSWER', service, { fields });
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'CONNECTOR_NOT_FOUND') return undefined;
    throw error;
  }
}

function refuseFaults(http: Http, service: string, fields: string[]): void {
  if (fields.length > 0)
    throw http.fail('CONNECTOR_INVALID_DOCUMENT', service, { fields, remoteMessage: fields.join(', ') });
}

function headersOf(options: NationalPortalClientOptions): Record<string, string> {
  return {
    Accept: 'application/json',
    'Content-Type': 'application/json',
    Charset: 'utf-8',
    ...(options.dstCode && { dstcode: options.dstCode }),
  };
}

/** Keeps one session; callers that come together share one login. */
function createSession(http: Http, options: NationalPortalClientOptions, now: () => Date) {
  let held: { token: string; since: number } | undefined;
  let running: Promise<string> | undefined;

  async function login(): Promise<string> {
    const operation = 'login';
    const url = options.baseUrl.replace(/\/+$/, '') + (options.authPath ?? '/auth');
    const body = JSON.stringify({ username: options.username, password: options.password });
    const answer = await http.text({ operation, method: 'POST', url, headers: headersOf(options), body });
    if (answer.status >= 300) throw statusFailure(http, operation, answer, now());
    const head = readHead(answer.text);
    if (head && head.error_code !== 0) {
      throw http.fail('CONNECTOR_AUTH_FAILED', operation, {
        remoteCode: String(head.error_code),
        remoteMessage: head.message,
      });
    }
    const { session } = readJson(http, operation, answer, portalSession);
    held = { token: session, since: now().getTime() };
    return session;
  }

  return {
    async get(): Promise<string> {
      const age = held ? now().getTime() - held.since : Number.POSITIVE_INFINITY;
      if (held && age < (options.sessionMaxAgeMs ?? DEFAULT_SESSION_MAX_AGE_MS)) return held.token;
      running ??= login().finally(() => {
        running = undefined;
      });
      return running;
    },
    /** Forgets the session; with a token only when it is still the one held. */
    drop(token?: string): void {
      if (token === undefined || held?.token === token) held = undefined;
    },
  };
}

function assertOk(
  http: Http,
  service: string,
  answer: { status: number; headers: Headers; text: string },
  now: Date,
): void {
  const head = readHead(answer.text);
  if (head && head.error_code !== 0) {
    const facts = { status: answer.status, remoteCode: String(head.error_code), remoteMessage: head.message };
    throw http.fail(codeOfPortal(head), service, facts);
  }
  if (answer.status < 200 || answer.status >= 300) throw statusFailure(http, service, answer, now);
  if (!head)
    throw http.fail('CONNECTOR_BAD_ANSWER', service, {
      status: answer.status,
      remoteMessage: 'no error_code',
    });
}

/**
 * The portal's codes are few and shared between meanings, so its words decide: `3`/`-3` with “đã tồn tại” is "exists"
 * (as vendors handle it), a message about the session is a lost session.
 */
function codeOfPortal(head: PortalHead) {
  const words = head.message.normalize('NFC').toLowerCase();
  if (/session|phiên/.test(words)) return 'CONNECTOR_AUTH_FAILED';
  if (/đã tồn tại/.test(words)) return 'CONNECTOR_ALREADY_EXISTS';
  if (/không tồn tại|không tìm thấy/.test(words)) return 'CONNECTOR_NOT_FOUND';
  if (/lỗi hệ thống/.test(words)) return 'CONNECTOR_REMOTE_FAULT';
  return 'CONNECTOR_REFUSED';
}

function readHead(text: string): PortalHead | undefined {
  try {
    return portalHead.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
