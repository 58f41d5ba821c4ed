/**
 * `/XrdAdapter/adapter/*`: the VXP protocol from the server's side, so that a province's document systems connect here
 * by changing one address (samples of the public SDK; vietnam-standards §3.1).
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, { type Request, type Response, Router } from 'express';
import {
  AXIS_CODES,
  matchesHashFile,
  stripSendBody,
  type VxpAnswerBody,
  type VxpReceiveStatus,
  VxpRequestError,
  vxpAnswer,
} from '../../../connectors/index.ts';
import type { VxpSystem } from '../../access/index.ts';
import { acceptEdxml, ExchangeError, openPayload, type Submitter } from '../../exchange/index.ts';
import { bodyOf, drain } from '../body.ts';
import type { GatewayDeps } from '../deps.ts';
import { HttpError } from '../problem.ts';
import { answer, authenticator } from './authenticate.ts';
import { addVxpDirectory } from './directory.ts';
import { acknowledge, countReceived, ownDelivery, received, sent } from './mailbox.ts';

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
  const authenticate = authenticator(deps);

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
    const { status, body } = refusalOf(cause);
    if (body.ErrorCode === '20') x.log.error({ err: cause, operation: req.path }, 'VXP call failed');
    if (req.path === '/downloadEdoc') refuseDownload(res, status, body);
    else answer(res.status(status), body);
  }

  router.post(
    '/sendEdoc',
    call((context) => receive(deps, context)),
  );
  router.post(
    '/getReceivedEdocList',
    call(async ({ system, args, res }) => {
      answer(res, vxpAnswer.ok({ data: await received(deps, system, args) }));
    }),
  );
  for (const [path, type] of [
    ['/countReceiveEdoc', 'edoc'],
    ['/countReceiveStatus', 'status'],
  ] as const) {
    // The SDK asks with POST although its own documents say GET.
    router.all(
      path,
      call(async ({ system, res }) =>
        answer(res, vxpAnswer.ok({ count: await countReceived(deps, system, type) })),
      ),
    );
  }
  router.post(
    '/getEdoc',
    call(async ({ system, args, res }) => {
      const found = await ownDelivery(deps, system, args['docId'] ?? '');
      if (found === null) return answer(res, NO_SUCH_DOCUMENT);
      const content = await openPayload(x, found.pkg);
      res.type('application/json');
      await pipeline(Readable.from(vxpAnswer.edoc(found.delivery.id, content)), res);
    }),
  );
  router.get(
    '/downloadEdoc',
    call(async ({ system, args, res }) => {
      const found = await ownDelivery(deps, system, args['docId'] ?? '');
      if (found === null) return refuseDownload(res, 404, NO_SUCH_DOCUMENT);
      const content = await openPayload(x, found.pkg);
      res.type('application/octet-stream').setHeader('Content-Length', found.pkg.size);
      await pipeline(content, res);
    }),
  );
  router.post(
    '/updateStatus',
    call(async ({ system, args, res }) => {
      const status = args['status'] ?? '';
      if (!isReceiveStatus(status)) return answer(res, UNKNOWN_STATUS);
      const known = await acknowledge(deps, system, args['docId'] ?? '', status);
      answer(res, known ? vxpAnswer.ok() : NO_SUCH_DOCUMENT);
    }),
  );
  router.post(
    '/getSentEdocList',
    call(async ({ system, args, res }) => {
      answer(res, vxpAnswer.ok({ data: await sent(deps, system, args) }));
    }),
  );
  addVxpDirectory(router, deps, call);
  return router;
}

const NO_SUCH_DOCUMENT = vxpAnswer.fail(AXIS_CODES.notFound, 'Không có văn bản này');
const UNKNOWN_STATUS = vxpAnswer.fail(
  AXIS_CODES.invalidFile,
  'status phải là processing, done hoặc fail; trạng thái nghiệp vụ gửi bằng sendEdoc (messagetype=status)',
);

function isReceiveStatus(text: string): text is VxpReceiveStatus {
  return text === 'processing' || text === 'done' || text === 'fail';
}

/** HTTP status and answer of a refusal; anything nobody named is a fault of ours, code 20, worth another try. */
function refusalOf(cause: unknown): { status: number; body: VxpAnswerBody } {
  if (cause instanceof VxpRequestError)
    return { status: 401, body: vxpAnswer.fail(cause.axisCode, cause.vi) };
  if (cause instanceof HttpError) return { status: 400, body: vxpAnswer.fail('10', cause.message) };
  if (cause instanceof ExchangeError)
    return { status: 200, body: vxpAnswer.fail(CODE_OF[cause.code] ?? '21', describe(cause)) };
  return { status: 500, body: vxpAnswer.fail('20', 'Lỗi hệ thống') };
}

/** The SDK saves whatever comes as the package and calls it a success unless it is empty: the reason goes into headers. */
function refuseDownload(res: Response, status: number, body: VxpAnswerBody): void {
  res.setHeader('XroadVnpt-ErrorCode', body.ErrorCode);
  res.status(status).end();
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
  answer(res, vxpAnswer.ok({ docId: accepted.packageId }));
}
