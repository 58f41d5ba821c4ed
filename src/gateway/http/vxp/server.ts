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
} from '../../../connectors/index.ts';
import { findVxpSystem, type VxpSystem } from '../../access/index.ts';
import { codesOf } from '../../directory/index.ts';
import { acceptEdxml, ExchangeError, type Submitter } from '../../exchange/index.ts';
import { bodyOf, drain } from '../body.ts';
import type { GatewayDeps } from '../deps.ts';
import { HttpError } from '../problem.ts';
import { addVxpDirectory } from './directory.ts';
import { acknowledge, ownDelivery, received, sent } from './mailbox.ts';

/** The SDK stamps local time; its clock may be off by this much either way. */
const WINDOW_MS = 5 * 60_000;

/** One authenticated call. */
export interface VxpCall {
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
    // It may have been registered under either generation of its agencies' codes.
    const codes = await Promise.all(system.agencies.map((code) => codesOf(x.store.read, code)));
    return { system: { ...system, agencies: [...new Set(codes.flat())] }, args };
  }

  /**
   * Outside the window a repeated request is refused; inside it the SDK's own retries repeat requests byte for byte, and every
   * operation has the same effect and answer however often it comes.
   */
  function call(handler: (call: VxpCall) => Promise<void>): express.RequestHandler {
    return async (req, res) => {
      try {
        await handler({ ...(await authenticate(req)), req, res });
      } catch (cause) {
        await refuse(req, res, cause);
      }
    };
  }

  async function refuse(req: Request, res: Response, cause: unknown): Promise<void> {
    if (res.headersSent) {
      res.destroy();
      return;
    }
    await drain(req);
    if (cause instanceof VxpRequestError) res.status(401).json(vxpAnswer.fail(cause.axisCode, cause.vi));
    else if (cause instanceof HttpError) res.status(400).json(vxpAnswer.fail('10', cause.message));
    else if (cause instanceof ExchangeError)
      res.status(200).json(vxpAnswer.fail(CODE_OF[cause.code] ?? '21', describe(cause)));
    else {
      x.log.error({ err: cause, operation: req.path }, 'VXP call failed');
      res.status(500).json(vxpAnswer.fail('20', 'Lỗi hệ thống'));
    }
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
  addVxpDirectory(router, deps, call);
  return router;
}

function describe(cause: ExchangeError): string {
  const faults = cause.faults.slice(0, 10).map((fault) => `${fault.code}: ${fault.vi}`);
  return [cause.vi, ...faults].join(' | ');
}

async function receive(deps: GatewayDeps, { system, args, req, res }: VxpCall): Promise<void> {
  const hashFile = args['hash-file'] ?? '';
  let matches = false;
  let rawSha256 = '';
  const body = stripSendBody(bodyOf(req), (facts) => {
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
