/**
 * `/XrdAdapter/adapter/*`: the VXP protocol from the server's side, so that a province's document systems connect here
 * by changing one address (samples of the public SDK; vietnam-standards §3.1).
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, { type Request, type Response, Router } from 'express';
import {
  matchesHashFile,
  stripSendBody,
  VxpRequestError,
  verifyVxpRequest,
  vxpAnswer,
} from '../../connectors/index.ts';
import { findVxpSystem, type VxpSystem } from '../access/index.ts';
import { findAgencies, listAgencies, saveAgencies } from '../directory/index.ts';
import { appendEvents } from '../evidence/index.ts';
import { acceptEdxml, ExchangeError, type Submitter } from '../exchange/index.ts';
import { findDelivery, findPackage, listInbox, updateDelivery } from '../store/index.ts';
import type { GatewayDeps } from './deps.ts';

/** The SDK stamps local time; its clock may be off by this much either way. */
const WINDOW_MS = 5 * 60_000;
const LIST_LIMIT = 500;

interface Call {
  readonly system: VxpSystem;
  readonly args: Readonly<Record<string, string>>;
  readonly req: Request;
  readonly res: Response;
}

/** Axis codes for our refusals; 22 and 18 as the provincial axis writes them (§3.2). */
const CODE_OF: Readonly<Record<string, string>> = {
  PACKAGE_INVALID: '22',
  RECIPIENT_UNKNOWN: '18',
  SENDER_NOT_ALLOWED: '19',
  DOCUMENT_CONFLICT: '22',
  PACKAGE_TOO_LARGE: '10',
};

/** The router of all operations. */
export function vxpServer(deps: GatewayDeps): Router {
  const router = Router();
  const { x } = deps;

  async function authenticate(req: Request): Promise<{ system: VxpSystem; args: Record<string, string> }> {
    const named = String(req.headers['xroadvnpt-systemid'] ?? '');
    const system = await findVxpSystem(x.store.read, deps.sealer, named);
    const { args } = verifyVxpRequest({
      headers: req.headers,
      secretFor: () => system?.secret,
      now: new Date(x.now()),
      windowMs: WINDOW_MS,
    });
    if (system === null) throw new VxpRequestError('VXP_SYSTEM_UNKNOWN');
    return { system, args };
  }

  /**
   * Outside the window a repeated request is refused; inside it the SDK's own retries repeat requests byte for byte, and every
   * operation has the same effect and answer however often it comes.
   */
  function call(handler: (call: Call) => Promise<void>): express.RequestHandler {
    return async (req, res) => {
      try {
        await handler({ ...(await authenticate(req)), req, res });
      } catch (cause) {
        refuse(req, res, cause);
      }
    };
  }

  function refuse(req: Request, res: Response, cause: unknown): void {
    if (res.headersSent) {
      res.destroy();
      return;
    }
    if (cause instanceof VxpRequestError) res.status(401).json(vxpAnswer.fail('15', cause.message));
    else if (cause instanceof ExchangeError)
      res.status(200).json(vxpAnswer.fail(CODE_OF[cause.code] ?? '21', describe(cause)));
    else {
      x.log.error({ err: cause, operation: req.path }, 'VXP call failed');
      res.status(500).json(vxpAnswer.fail('20', 'Lỗi hệ thống'));
    }
    req.resume();
  }

  router.post(
    '/sendEdoc',
    call((context) => receive(deps, context)),
  );
  router.post(
    '/getReceivedEdocList',
    call(async ({ system, args, res }) => {
      res.json(vxpAnswer.ok({ data: await received(deps, system, args['messagetype'] ?? 'edoc') }));
    }),
  );
  for (const [path, type] of [
    ['/countReceiveEdoc', 'edoc'],
    ['/countReceiveStatus', 'status'],
  ] as const) {
    router.get(
      path,
      call(async ({ system, res }) => {
        res.json(vxpAnswer.ok({ count: (await received(deps, system, type)).length }));
      }),
    );
  }
  router.post(
    '/getEdoc',
    call(async ({ system, args, res }) => {
      const found = await ownDelivery(deps, system, args['docId'] ?? '');
      if (found === null) return void res.json(vxpAnswer.fail('11', 'Không có văn bản này'));
      res.type('application/json');
      await pipeline(
        Readable.from(vxpAnswer.edoc(found.delivery.id, await x.blobs.open(found.pkg.payload_sha256))),
        res,
      );
    }),
  );
  router.get(
    '/downloadEdoc',
    call(async ({ system, args, res }) => {
      const found = await ownDelivery(deps, system, args['docId'] ?? '');
      if (found === null) return void res.status(404).json(vxpAnswer.fail('11', 'Không có văn bản này'));
      res.type('application/octet-stream').setHeader('Content-Length', found.pkg.size);
      await pipeline(await x.blobs.open(found.pkg.payload_sha256), res);
    }),
  );
  router.post(
    '/updateStatus',
    call(async ({ system, args, res }) => {
      res.json(
        (await acknowledge(deps, system, args['docId'] ?? '', args['status'] ?? ''))
          ? vxpAnswer.ok()
          : vxpAnswer.fail('11', 'Không có văn bản này'),
      );
    }),
  );
  router.post(
    '/getSentEdocList',
    call(async ({ system, args, res }) => {
      res.json(vxpAnswer.ok({ data: await sent(deps, system, args) }));
    }),
  );
  router.post(
    '/getAgenciesList',
    call(async ({ res }) => {
      const rows = await listAgencies(x.store.read, { limit: 200_000 });
      res.json(
        vxpAnswer.ok({
          data: rows.map((row) => ({
            id: row.code,
            pid: row.parent ?? '',
            code: row.code,
            oldCode: row.other_code ?? '',
            name: row.name,
            mail: '',
          })),
        }),
      );
    }),
  );
  router.post(
    '/getAgenciesListQD20',
    call(async ({ res }) => {
      const rows = await listAgencies(x.store.read, { limit: 200_000 });
      res.json(
        vxpAnswer.ok({
          data: rows.map((row) => ({
            id: row.code,
            code: row.code,
            code102: row.other_code ?? '',
            name: row.name,
            mail: '',
          })),
        }),
      );
    }),
  );
  router.post(
    '/getSynchronizeUnit',
    call(async ({ res }) => {
      const rows = await listAgencies(x.store.read, { limit: 200_000, includeCentres: true });
      res.json(
        vxpAnswer.ok({
          data: rows.map((row) => ({
            id: row.code,
            pid: row.parent ?? '',
            code: row.code,
            name: row.name,
            mail: '',
            version: '1',
            centerCode: deps.config.centreCode,
            deleted: row.active === 1 ? '0' : '1',
            modifyDate: new Date(row.updated_at).toISOString(),
            isAgency: 'true',
          })),
        }),
      );
    }),
  );
  router.post(
    '/registerAgency',
    express.json({ type: () => true, limit: '64kb' }),
    call(async ({ system, req, res }) => {
      res.json(await register(deps, system, req.body as Record<string, unknown>));
    }),
  );
  router.post(
    '/deleteAgency',
    call(async ({ res }) => {
      // Taking an agency out of the directory is an administrator's act (lienthong agencies), never a document system's.
      res.json(vxpAnswer.fail('21', 'Việc xoá đơn vị do quản trị trục thực hiện'));
    }),
  );
  return router;
}

function describe(cause: ExchangeError): string {
  const faults = cause.faults.slice(0, 10).map((fault) => `${fault.code}: ${fault.vi}`);
  return [cause.vi, ...faults].join(' | ');
}

async function receive(deps: GatewayDeps, { system, args, req, res }: Call): Promise<void> {
  const hashFile = args['hash-file'] ?? '';
  let matches = false;
  let rawSha256 = '';
  const body = stripSendBody(req, (facts) => {
    rawSha256 = facts.rawSha256;
    matches = matchesHashFile(hashFile, facts.sha256) || matchesHashFile(hashFile, rawSha256);
  });
  const submitter: Submitter = {
    origin: 'vxp-server',
    actor: `system:${system.id}`,
    maySendFor: (code) => system.agencies.includes(code),
  };
  const accepted = await acceptEdxml(deps.x, body, submitter, {
    inspect() {
      if (!matches)
        throw new ExchangeError('PACKAGE_INVALID', {
          vi: 'Mã băm của tệp (hash-file) không khớp nội dung nhận được.',
          en: 'hash-file does not match what was received.',
        });
    },
  });
  res.json(vxpAnswer.ok({ docId: accepted.packageId }));
}

async function received(
  deps: GatewayDeps,
  system: VxpSystem,
  messageType: string,
): Promise<Record<string, string>[]> {
  const lines: Record<string, string>[] = [];
  for (const agency of system.agencies) {
    const rows = await listInbox(
      deps.x.store.read,
      agency,
      0,
      LIST_LIMIT,
      messageType === 'status' ? 'status' : 'document',
      ['available', 'fetched'],
    );
    for (const row of rows) {
      lines.push({
        docId: row.id,
        serviceType: 'eDoc',
        messageType,
        created_time: new Date(row.created_at).toISOString(),
        updated_time: new Date(row.updated_at).toISOString(),
        from: row.sender,
        to: row.recipient,
        status: row.state === 'available' ? 'initial' : 'processing',
        status_desc: '',
      });
    }
  }
  return lines;
}

async function ownDelivery(deps: GatewayDeps, system: VxpSystem, id: string) {
  const delivery = await findDelivery(deps.x.store.read, id);
  if (delivery === undefined || delivery.seq === null || !system.agencies.includes(delivery.recipient))
    return null;
  const pkg = await findPackage(deps.x.store.read, delivery.package_id);
  return pkg === undefined ? null : { delivery, pkg };
}

/** Transport acknowledgement: `done` takes the item off the list; it is not a business status. */
async function acknowledge(
  deps: GatewayDeps,
  system: VxpSystem,
  id: string,
  status: string,
): Promise<boolean> {
  const found = await ownDelivery(deps, system, id);
  if (found === null) return false;
  const { delivery } = found;
  const state = status === 'done' ? 'delivered' : status === 'fail' ? 'refused' : 'fetched';
  if (delivery.state === state || delivery.state === 'delivered') return true;
  const now = deps.x.now();
  await deps.x.store.write(async (tx) => {
    await updateDelivery(tx, id, { state, updated_at: now });
    const type = state === 'fetched' ? 'fetched' : state === 'delivered' ? 'delivered' : 'refused';
    await appendEvents(
      tx,
      delivery.package_id,
      [{ type, actor: `system:${system.id}`, deliveryId: id, data: { transport: status } }],
      now,
    );
  });
  return true;
}

async function sent(
  deps: GatewayDeps,
  system: VxpSystem,
  args: Readonly<Record<string, string>>,
): Promise<Record<string, string>[]> {
  const kind = args['messagetype'] === 'status' ? 'status' : 'document';
  let query = deps.x.store.read
    .selectFrom('deliveries')
    .innerJoin('packages', 'packages.id', 'deliveries.package_id')
    .selectAll('deliveries')
    .select([
      'packages.subject',
      'packages.code',
      'packages.accepted_at',
      'packages.document_id',
      'packages.payload_sha256',
      'packages.sender',
    ])
    .where('packages.kind', '=', kind)
    .where('packages.sender', 'in', [...system.agencies])
    .orderBy('packages.id', 'desc')
    .limit(LIST_LIMIT);
  if (args['docId'] !== undefined && args['docId'] !== '')
    query = query.where('packages.id', '=', args['docId']);
  return (await query.execute()).map((row) => ({
    senderDocId: row.package_id,
    receiverDocId: row.id,
    fromCode: row.sender,
    toCode: row.recipient,
    title: row.subject,
    notation: row.code,
    sentTime: new Date(row.accepted_at).toISOString(),
    receivedTime: row.state === 'delivered' ? new Date(row.updated_at).toISOString() : '',
    sendStatus: 'done',
    sendStatusDesc: '',
    receiveStatus: row.state === 'delivered' ? 'done' : 'initial',
    receiveStatusDesc: '',
    serviceType: 'eDoc',
    messageType: args['messagetype'] ?? 'edoc',
    documentId: row.document_id,
    sha256: row.payload_sha256,
  }));
}

/** A document system may rename the agencies it speaks for; it can't add others. */
async function register(
  deps: GatewayDeps,
  system: VxpSystem,
  body: Record<string, unknown>,
): Promise<object> {
  const code = String(body['code'] ?? '');
  if (!system.agencies.includes(code))
    return vxpAnswer.fail('19', `Hệ thống ${system.id} không quản lý đơn vị ${code}`);
  const known = (await findAgencies(deps.x.store.read, [code])).get(code);
  await saveAgencies(
    deps.x.store,
    [{ code, name: String(body['name'] ?? known?.name ?? code), system: 'inbox' }],
    deps.x.now(),
  );
  return vxpAnswer.ok();
}
