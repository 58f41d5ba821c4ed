/**
 * An S3 service for tests: s3rver, which others wrote and which checks signatures, on 127.0.0.1. It can be stopped and started
 * again on the same port with what it had, and made to misbehave.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import S3rver from '@20minutes/s3rver';
import { openConfiguredBucket } from '../../src/gateway/store/blobs/open.ts';
import type { Bucket } from '../../src/gateway/store/s3/bucket.ts';
import { temporaryFolder } from '../gateway/support/folders.ts';

/** The one account s3rver knows. */
export const S3_KEY = 'S3RVER';
const BUCKET = 'lienthong';

/** Settings as `config.ts` gives them, for what takes them apart from the rest. */
export const S3_DEFAULTS = {
  s3AccessKey: '',
  s3SecretKey: '',
  s3Region: 'us-east-1',
  s3Addressing: 'path',
  s3Ca: '',
  s3Encryption: '',
  // A busy machine is no service that is away.
  s3TimeoutSeconds: 60,
  s3CacheMb: 64,
} as const;

export interface S3Server {
  /** `S3_URL` with keys; ends in /lienthong/truc. */
  readonly url: string;
  readonly port: number;
  /** Method and path of every request that came. */
  readonly seen: string[];
  /** Answers a request instead of the service when it returns true. */
  intercept: ((req: IncomingMessage, res: ServerResponse) => boolean) | null;
  /** The same bucket, for looking and meddling. */
  readonly bucket: Bucket;
  /** Digests under blobs/. */
  digests(): Promise<string[]>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const service = new S3rver({
    directory: temporaryFolder(),
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  await service.configureBuckets();
  const handle = service.callback();
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let port = 0;

  const control = { intercept: null as S3Server['intercept'] };

  async function start(): Promise<void> {
    const one = createServer((req, res) => {
      seen.push(`${req.method} ${req.url}`);
      if (control.intercept?.(req, res) === true) return;
      handle(req, res);
    });
    one.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      one.once('error', reject);
      one.listen(port, '127.0.0.1', resolve);
    });
    port = (one.address() as AddressInfo).port;
    server = one;
  }

  async function stop(): Promise<void> {
    const one = server;
    server = null;
    if (one === null) return;
    const closed = new Promise((resolve) => one.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await start();
  const url = `http://${S3_KEY}:${S3_KEY}@127.0.0.1:${port}/${BUCKET}/truc`;
  const bucket = openConfiguredBucket({ ...S3_DEFAULTS, dataDir: '', s3Url: url });
  return {
    url,
    port,
    seen,
    get intercept() {
      return control.intercept;
    },
    set intercept(to) {
      control.intercept = to;
    },
    bucket,
    async digests() {
      const found: string[] = [];
      for await (const { key } of bucket.list('blobs/')) found.push(key.slice(-64));
      return found.sort();
    },
    async stop() {
      bucket.close();
      await stop();
    },
    start,
  };
}
