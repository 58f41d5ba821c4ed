/** A certification authority on the network, for tests: its OCSP answers are OpenSSL's, its faults are chosen. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { oid, sequence, tlv } from '../../../src/signing/cms/der-write.ts';
import { type Entity, extension, serialOf } from '../../signing/x509/authority.ts';

const run = promisify(execFile);

export type Answer = (res: ServerResponse, body: Buffer, req: IncomingMessage) => void | Promise<void>;

/** A web server on loopback that answers as told and remembers what it was asked. */
export interface WebServer {
  readonly url: string;
  readonly host: string;
  /** `METHOD /path` of every request. */
  readonly asked: string[];
  /** Longest path prefix wins. */
  on(prefix: string, answer: Answer): void;
  close(): Promise<void>;
}

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of req as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

export async function startWebServer(): Promise<WebServer> {
  const answers = new Map<string, Answer>();
  const asked: string[] = [];
  const server: Server = createServer((req, res) => {
    const path = req.url ?? '/';
    asked.push(`${req.method} ${path}`);
    const prefix = [...answers.keys()]
      .filter((candidate) => path.startsWith(candidate))
      .sort((a, b) => b.length - a.length)[0];
    const answer = prefix === undefined ? undefined : answers.get(prefix);
    if (answer === undefined) {
      res.writeHead(404).end();
      return;
    }
    void bodyOf(req)
      .then((body) => answer(res, body, req))
      .catch((error: unknown) => res.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    asked,
    on: (prefix, answer) => answers.set(prefix, answer),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export const serve =
  (bytes: Uint8Array | string, type = 'application/octet-stream'): Answer =>
  (res) => {
    res.writeHead(200, { 'content-type': type }).end(bytes);
  };

function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}/g, (line) => `${line}\n`)
    .trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

export const crlPem = (der: Uint8Array): string => pem('X509 CRL', der);
export const certificatePem = (der: Uint8Array): string => pem('CERTIFICATE', der);

/** authorityInfoAccess with an OCSP address, and one of the issuer's certificate. */
export function informationAccess(ocspUrl: string | null, issuerUrl: string | null = null): Uint8Array {
  const entry = (method: string, url: string) =>
    sequence(oid(method), tlv(0x86, new Uint8Array(Buffer.from(url, 'latin1'))));
  return extension(
    '1.3.6.1.5.5.7.1.1',
    sequence(
      ...(ocspUrl === null ? [] : [entry('1.3.6.1.5.5.7.48.1', ocspUrl)]),
      ...(issuerUrl === null ? [] : [entry('1.3.6.1.5.5.7.48.2', issuerUrl)]),
    ),
  );
}

/** One distribution point with addresses of one list. */
export function crlPoint(...urls: readonly string[]): Uint8Array {
  const names = urls.map((url) => tlv(0x86, new Uint8Array(Buffer.from(url, 'latin1'))));
  return extension('2.5.29.31', sequence(sequence(tlv(0xa0, tlv(0xa0, ...names)))));
}

/** What OpenSSL knows about a certificate. */
export interface Registered {
  readonly entity: Entity;
  readonly revoked?: boolean;
}

/** An answer made by `openssl ocsp` from its index, to the very request that came in (POST or GET). */
export async function opensslResponder(
  issuer: Entity,
  entries: readonly Registered[],
  options: { signer?: Entity; minutes?: number } = {},
): Promise<{ answer: Answer; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'lt-ocsp-'));
  const signer = options.signer ?? issuer;
  const path = (name: string) => join(folder, name);
  await writeFile(path('ca.pem'), certificatePem(issuer.der));
  await writeFile(path('signer.pem'), certificatePem(signer.der));
  await writeFile(path('signer.key'), signer.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const lines = entries.map(({ entity, revoked }) => {
    const serial = Buffer.from(serialOf(entity)).toString('hex').toUpperCase();
    return revoked === true
      ? `R\t301231235959Z\t260101000000Z,keyCompromise\t${serial}\tunknown\t/CN=${serial}`
      : `V\t301231235959Z\t\t${serial}\tunknown\t/CN=${serial}`;
  });
  await writeFile(path('index.txt'), `${lines.join('\n')}\n`);
  let count = 0;
  const answer: Answer = async (res, body, req) => {
    count += 1;
    const [request, response] = [path(`${count}.req`), path(`${count}.resp`)];
    const encoded = decodeURIComponent((req.url ?? '').split('/').at(-1) ?? '');
    await writeFile(request, req.method === 'POST' ? body : Buffer.from(encoded, 'base64'));
    const until = options.minutes === undefined ? [] : ['-nmin', String(options.minutes)];
    await run('openssl', [
      ...['ocsp', '-index', path('index.txt'), '-CA', path('ca.pem'), '-rsigner', path('signer.pem')],
      ...['-rkey', path('signer.key'), '-reqin', request, '-respout', response, ...until],
    ]);
    res.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(await readFile(response));
  };
  return { answer, close: () => rm(folder, { recursive: true, force: true }) };
}
