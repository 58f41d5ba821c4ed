/** /healthz, /readyz, /metrics, and the claim checks that stand for big payloads on the broker. */
import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import { SCHEMA_VERSION } from '../store/index.ts';
import type { GatewayDeps } from './deps.ts';
import { HttpError } from './problem.ts';

/** How long a claim check may be used. */
export const CLAIM_MS = 24 * 3_600_000;

/** Text that a claim's signature covers. */
export function claimText(sha256: string, expires: string): string {
  return `claim:${sha256}:${expires}`;
}

export function healthRouter(deps: GatewayDeps): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.json({ status: 'ok', version: deps.version });
  });
  router.get('/readyz', async (_req, res) => {
    const bus = deps.x.bus.state();
    const store = await deps.x.store.ping().then(
      () => true,
      () => false,
    );
    const blobs = await deps.x.blobs.ping();
    const ready = store && blobs.reachable && bus.connected && bus.blocked === null && !deps.isShuttingDown();
    res.status(ready ? 200 : 503).json({
      status: ready ? 'ready' : 'not-ready',
      store: { kind: deps.x.store.kind, reachable: store, schemaVersion: SCHEMA_VERSION },
      blobs: { kind: blobs.kind, reachable: blobs.reachable },
      bus: { kind: bus.kind, connected: bus.connected, blocked: bus.blocked, since: bus.since },
      shuttingDown: deps.isShuttingDown(),
    });
  });
  router.get('/metrics', async (_req, res) => {
    res.type(deps.registry.contentType).send(await deps.registry.metrics());
  });
  router.get('/claims/:sha256', async (req, res) => {
    const { expires = '', signature = '' } = req.query as Record<string, string>;
    const { sha256 } = req.params;
    if (
      !/^[0-9a-f]{64}$/.test(sha256) ||
      !deps.sealer.isSignature(claimText(sha256, String(expires)), String(signature)) ||
      Number(expires) < deps.x.now()
    ) {
      throw new HttpError('FORBIDDEN');
    }
    res.type('application/octet-stream').setHeader('Content-Length', await deps.x.blobs.size(sha256));
    await pipeline(await deps.x.blobs.open(sha256), res);
  });
  return router;
}
