/** The directory as the VXP protocol lists it. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { AXIS_CODES, type VxpAnswerBody, vxpAnswer } from '../../../connectors/index.ts';
import { parseAgencyCode, toAgencyCode } from '../../../packages/index.ts';
import type { VxpSystem } from '../../access/index.ts';
import {
  agencyPages,
  deactivateAgency,
  findAgencies,
  isBelowOneOf,
  isIntegrationCentre,
  registeredBy,
  saveAgencies,
} from '../../directory/index.ts';
import type { AgencyRow } from '../../store/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { answer } from './authenticate.ts';
import { axisTime, pageOf } from './mailbox.ts';
import { sentJson } from './sent-file.ts';
import type { VxpCall } from './server.ts';

/** Adds the directory's operations; `call` authenticates. */
export function addVxpDirectory(
  router: Router,
  deps: GatewayDeps,
  call: (handler: (call: VxpCall) => Promise<void>) => RequestHandler,
): void {
  router.post(
    '/getAgenciesList',
    call(({ res, args }) =>
      list(deps, res, args, {}, (row) => ({
        id: row.code,
        pid: row.parent ?? '',
        code: row.code,
        oldCode: row.other_code ?? '',
        name: row.name,
        mail: row.mail ?? '',
      })),
    ),
  );
  router.post(
    '/getAgenciesListQD20',
    call(({ res, args }) =>
      list(deps, res, args, levelOf(args['level']), (row) => ({
        id: row.code,
        code: codeOf(row, 'qd20'),
        code102: codeOf(row, 'qcvn102'),
        name: row.name,
        mail: row.mail ?? '',
      })),
    ),
  );
  router.post(
    '/getSynchronizeUnit',
    call(({ res, args }) =>
      list(deps, res, args, { includeCentres: true, includeDeleted: true }, (row) => ({
        id: row.code,
        pid: row.parent ?? '',
        code: row.code,
        oldCode: row.other_code ?? '',
        name: row.name,
        mail: row.mail ?? '',
        version: 1,
        centerCode: deps.config.centreCode,
        deleted: row.active !== 1,
        modifyDate: axisTime(row.updated_at),
        isAgency: !isIntegrationCentre(row.code),
      })),
    ),
  );
  router.post(
    '/registerAgency',
    call(async ({ system, req, res }) => answer(res, await register(deps, system, await sentJson(req)))),
  );
  router.post(
    '/deleteAgency',
    call(async ({ system, args, res }) =>
      answer(res, await remove(deps, system, toAgencyCode((args['AgencyCode'] ?? '').trim()))),
    ),
  );
}

interface ListOptions {
  includeCentres?: boolean;
  includeDeleted?: boolean;
  level?: number;
}

/** Rows taken from the store at a time: a directory of 111,000 goes out in pieces, and other requests in between. */
const PAGE = 1_000;

/** Streams a list, or the page of it that is asked for: the whole directory as one string would hold up everyone else. */
async function list(
  deps: GatewayDeps,
  res: Response,
  args: VxpCall['args'],
  options: ListOptions,
  line: (row: AgencyRow) => object,
): Promise<void> {
  res.type('application/json');
  const page = pageOf(args, Number.MAX_SAFE_INTEGER);
  await pipeline(Readable.from(pieces(deps, { ...options, ...page }, line), { objectMode: false }), res);
}

async function* pieces(
  deps: GatewayDeps,
  { level, size, offset, ...options }: ListOptions & ReturnType<typeof pageOf>,
  line: (row: AgencyRow) => object,
): AsyncGenerator<Buffer> {
  yield Buffer.from('{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","data":[');
  let separator = '';
  let seen = 0;
  for await (const rows of agencyPages(deps.x.store.read, { limit: PAGE, ...options })) {
    const ofLevel = level === undefined ? rows : rows.filter((row) => levelsOf(row.code) === level);
    const wanted = ofLevel.slice(Math.max(0, offset - seen), Math.max(0, offset + size - seen));
    seen += ofLevel.length;
    if (wanted.length === 0) {
      if (seen >= offset + size) break;
      continue;
    }
    yield Buffer.from(separator + wanted.map((row) => JSON.stringify(line(row))).join(','));
    separator = ',';
  }
  yield Buffer.from(']}');
}

/** `level` 1 is the ministry or province; 0, absent or no number: all levels. */
function levelOf(text = ''): ListOptions {
  const level = Number(text);
  return Number.isInteger(level) && level > 0 ? { level } : {};
}

function levelsOf(code: string): number {
  const parsed = parseAgencyCode(code);
  return parsed === undefined ? 0 : parsed.levels.length + 1;
}

/** The code of that generation, of the two the directory has; the only one where it has but one. */
function codeOf(row: AgencyRow, generation: 'qd20' | 'qcvn102'): string {
  const codes = [row.code, row.other_code ?? ''];
  const found = codes.find((code) => parseAgencyCode(code)?.form.startsWith(generation) === true);
  return found ?? (generation === 'qd20' ? row.code : (row.other_code ?? ''));
}

const registration = z.object({
  // Capitals, as codes are compared: a second spelling would be a second agency.
  code: z.string().trim().min(1).max(35).transform(toAgencyCode),
  name: z.string().trim().min(1).max(200),
  pcode: z.string().trim().max(35).nullish(),
  mail: z.string().trim().max(100).nullish(),
});

/**
 * A document system names the agencies it speaks for, and adds agencies below them (a province its departments and communes);
 * it can't claim anyone else's code, nor take over one that is in the directory.
 */
async function register(deps: GatewayDeps, system: VxpSystem, body: unknown): Promise<VxpAnswerBody> {
  const parsed = registration.safeParse(smallNames(body));
  if (!parsed.success) {
    const named = parsed.error.issues.map((issue) => issue.path.join('.')).filter((path) => path !== '');
    const fields = named.length === 0 ? 'cần một đối tượng JSON có code, name' : named.join(', ');
    return vxpAnswer.fail(AXIS_CODES.invalidFile, `Thông tin đơn vị không hợp lệ: ${fields}`);
  }
  const { code, name, pcode, mail } = parsed.data;
  const { store, now } = deps.x;
  const own = system.agencies.includes(code);
  const known = own || (await findAgencies(store.read, [code])).has(code);
  if (!own && (known || !isBelowOneOf(code, system.agencies)))
    return vxpAnswer.fail(
      AXIS_CODES.senderUnknown,
      `Hệ thống ${system.id} không quản lý đơn vị ${code}; đề nghị quản trị trục đăng ký`,
    );
  const parent = pcode ? { parent: pcode } : {};
  const source = own ? {} : { source: registeredBy(system.id) };
  await saveAgencies(
    store,
    [{ code, name, ...parent, mail: mail ?? null, system: 'inbox', ...source }],
    now(),
  );
  return vxpAnswer.ok();
}

/** .NET systems write the names of fields with a capital. */
function smallNames(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Takes back what the system itself registered; what an administrator entered stays (lienthong agencies). */
async function remove(deps: GatewayDeps, system: VxpSystem, code: string): Promise<VxpAnswerBody> {
  const { store, now } = deps.x;
  if (code === '')
    return vxpAnswer.fail(
      AXIS_CODES.notFound,
      'Thiếu AgencyCode trong các tiêu đề đã ký (XroadVnpt-AgencyCode)',
    );
  const row = (await findAgencies(store.read, [code])).get(code);
  if (row === undefined || !system.agencies.includes(code))
    return vxpAnswer.fail(AXIS_CODES.notFound, `Không có đơn vị ${code} do hệ thống ${system.id} quản lý`);
  if (row.source !== registeredBy(system.id))
    return vxpAnswer.fail(
      AXIS_CODES.fileFault,
      'Đơn vị do quản trị trục đăng ký; việc xoá do quản trị trục thực hiện',
    );
  await deactivateAgency(store, row.code, now());
  return vxpAnswer.ok();
}
