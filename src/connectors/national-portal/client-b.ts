import { createHash } from 'node:crypto';
import type { ZodType } from 'zod';
import { ConnectorError } from '../errors.ts';
import { readValue } from '../http.ts';
import { createJsonClient, type JsonClient, refusalOf } from '../json-client.ts';
import type { Authorization } from '../lgsp-token.ts';
import { dossierFaults, progressFaults } from './mapping.ts';
import { portalTimeB, toStateB, toWireDossierB } from './mapping-b.ts';
import { portalMoves } from './moves.ts';
import { envelopeB, heldB, nextValueB, tokenB, uploadedB } from './schema-b.ts';
import type {
  NationalPortalBOptions,
  NationalPortalClientB,
  PortalDossier,
  PortalProgress,
  PortalResult,
} from './types.ts';

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Paths are not public: these are the names of the calls, and every one is a setting. */
const PATHS = {
  token: '/token',
  nextValue: '/GetNextValue',
  upload: '/UploadFile',
  create: '/CreateDossier',
  progress: '/CapNhatTienTrinh',
  state: '/CapNhatTrangThai',
  lookup: '/TraCuuHoSo',
} as const;
const TOKEN_EARLY_MS = 60_000;

/** Client of the portal, generation B (2025–26): client token, files uploaded, `{code, message, data}` answers. */
export function createNationalPortalClientB(options: NationalPortalBOptions): NationalPortalClientB {
  const paths = { ...PATHS, ...options.paths };
  const authorization = clientToken(options, paths.token);
  const client = createJsonClient('national-portal', {
    maxAnswerBytes: MAX_ANSWER_BYTES,
    ...options,
    authorization,
  });

  async function ask<T>(operation: string, path: string, body: unknown, schema: ZodType<T>): Promise<T> {
    const answer = await client.call({ operation, path, body, schema: envelopeB });
    if (answer.code !== 0) throw refusalOf(client.http, operation, String(answer.code), answer.message);
    return readValue(client.http, operation, 200, answer.data ?? null, schema);
  }

  const anything = envelopeB.shape.data;

  async function upload(file: { name: string; contentType?: string; content?: () => Promise<Uint8Array> }) {
    if (file.content === undefined) return undefined;
    const operation = 'UploadFile';
    const bytes = await file.content();
    const body = {
      TenTep: file.name,
      LoaiTep: file.contentType ?? 'application/octet-stream',
      NoiDung: Buffer.from(bytes).toString('base64'),
    };
    const [row] = await ask(operation, paths.upload, body, uploadedB);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    // The portal names its digest nowhere; one that looks like SHA-256 must be that of what was sent.
    if (
      row !== undefined &&
      /^[0-9a-f]{64}$/i.test(row.HashTepTin) &&
      row.HashTepTin.toLowerCase() !== sha256
    )
      throw client.http.fail('CONNECTOR_BAD_ANSWER', operation, { fields: ['HashTepTin'] });
    return row;
  }

  async function lookup(dossierCode: string) {
    try {
      const held = await ask('TraCuuHoSo', paths.lookup, { MaHoSo: dossierCode }, heldB.nullable());
      return held === null
        ? undefined
        : {
            code: held.MaHoSo,
            state: held.TrangThai,
            procedureCode: held.MaTTHC,
            raw: held,
            moves: portalMoves(held),
          };
    } catch (error) {
      if (error instanceof ConnectorError && error.code === 'CONNECTOR_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async function create(dossier: PortalDossier): Promise<void> {
    const files = [];
    for (const file of dossier.files ?? []) files.push({ file, uploaded: await upload(file) });
    await ask('CreateDossier', paths.create, toWireDossierB(dossier, files, options.unitCode), anything);
  }

  async function tellState(dossier: PortalDossier): Promise<void> {
    const results: { paper: PortalResult; uploaded: { IdTepTin: string; HashTepTin: string } | undefined }[] =
      [];
    for (const paper of dossier.results ?? []) results.push({ paper, uploaded: await upload(paper) });
    await ask('CapNhatTrangThai', paths.state, [toStateB(dossier, results)], anything);
  }

  async function pushSteps(steps: PortalProgress[]): Promise<void> {
    refuseFaults(client, 'CapNhatTienTrinh', steps.flatMap(progressFaults));
    const rows = steps.map((step) => ({
      MaHoSo: step.dossierCode,
      NguoiXuLy: step.handler,
      ThoiDiemXuLy: portalTimeB(step.handledAt),
      PhongBanXuLy: step.department ?? '',
      NoiDungXuLy: step.content,
      TrangThai: step.state,
      NgayBatDau: portalTimeB(step.startedAt),
      NgayKetThucTheoQuyDinh: portalTimeB(step.dueAt),
    }));
    await ask('CapNhatTienTrinh', paths.progress, rows, anything);
  }

  function notOffered(operation: string): ConnectorError {
    return client.http.fail('CONNECTOR_REFUSED', operation, { remoteMessage: 'not a call of generation B' });
  }

  return {
    async login() {
      authorization.drop(await authorization.header());
      await authorization.header();
    },
    async syncDossier(dossier, more) {
      refuseFaults(client, 'CreateDossier', dossierFaults(dossier));
      if (!more?.known) {
        try {
          await create(dossier);
          return { updated: false };
        } catch (error) {
          if (!(error instanceof ConnectorError) || error.code !== 'CONNECTOR_ALREADY_EXISTS') throw error;
        }
      }
      await tellState(dossier);
      return { updated: true };
    },
    updateProgress: pushSteps,
    syncStates: pushSteps,
    lookup,
    nextCode: (procedureCode) => ask('GetNextValue', paths.nextValue, { MaTTHC: procedureCode }, nextValueB),
    catalogue: (service) => Promise.reject(notOffered(service)),
    questions: () => Promise.reject(notOffered('LayDanhSachHoiDap')),
    answer: () => Promise.reject(notOffered('LayNoiDungTraLoiTheoCauHoi')),
    procedure: () => Promise.reject(notOffered('LayThuTuc')),
  };
}

function refuseFaults(client: JsonClient, operation: string, fields: string[]): void {
  client.refuseFaults(
    operation,
    fields.map((field) => [field, true]),
  );
}

/** One token, renewed a minute before it ends; callers that come together share one request. */
function clientToken(options: NationalPortalBOptions, path: string): Authorization {
  const client = createJsonClient('national-portal', { ...options });
  let held: { header: string; until: number } | undefined;
  let running: Promise<string> | undefined;

  async function request(): Promise<string> {
    const body = { client_id: options.clientId, client_secret: options.clientSecret };
    const token = await client.call({ operation: 'token', path, body, schema: tokenB });
    const header = `Bearer ${token.access_token}`;
    held = { header, until: client.now().getTime() + (token.expires_in ?? 3600) * 1000 - TOKEN_EARLY_MS };
    return header;
  }

  return {
    async header() {
      if (held !== undefined && client.now().getTime() < held.until) return held.header;
      running ??= request().finally(() => {
        running = undefined;
      });
      return running;
    },
    drop(header) {
      if (held?.header === header) held = undefined;
    },
  };
}
