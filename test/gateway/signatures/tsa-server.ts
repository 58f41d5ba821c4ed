/** A time-stamping authority on a port of its own, made of `openssl ts`: it can go away and come back at the same address. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestPki } from '../../../src/signing/index.ts';
import { keyOfFile } from '../../signing/keys/softhsm.ts';
import { OpensslAuthority } from '../../signing/local-authorities.ts';

export interface TsaServer {
  readonly url: string;
  /** Requests answered. */
  answers(): number;
  /** Nobody listens any more. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

function listening(server: Server, port: number): Promise<(Error & { code?: string }) | null> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', resolve);
      resolve(null);
    });
  });
}

export async function startTsaServer(pki: TestPki): Promise<TsaServer> {
  const identity = pki.identities['tsa'];
  if (identity === undefined) throw new TypeError('no TSA in the test PKI');
  const { key, certificates } = keyOfFile(identity.pkcs12Path, identity.passphrasePath);
  const [leaf, issuer] = certificates;
  if (leaf === undefined || issuer === undefined) throw new TypeError('no chain');
  const authority = new OpensslAuthority('tsa', { der: leaf, privateKey: key }, { der: issuer });
  let line: Promise<unknown> = Promise.resolve();
  let server: Server | null = null;
  let port = 0;

  async function up(): Promise<void> {
    server = createServer((req, res) => {
      const parts: Buffer[] = [];
      req.on('data', (part: Buffer) => parts.push(part));
      req.on('end', () => {
        // `openssl ts` keeps its serial number in a file: one request after the other.
        line = line.then(async () => {
          const answer = await authority.answer(Buffer.concat(parts));
          res.setHeader('content-type', 'application/timestamp-reply');
          res.end(answer);
        });
      });
    });
    const started = server;
    // While it was down a passing connection may have taken the port: it is free again soon.
    for (let tries = 0; ; tries += 1) {
      const fault = await listening(started, port);
      if (fault === null) break;
      if (fault.code !== 'EADDRINUSE' || tries >= 100) throw fault;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    port = (started.address() as AddressInfo).port;
  }
  async function down(): Promise<void> {
    const ending = server;
    server = null;
    if (ending === null) return;
    ending.closeAllConnections();
    await new Promise((resolve) => ending.close(resolve));
  }

  await up();
  return {
    url: `http://127.0.0.1:${port}/`,
    answers: () => authority.answers,
    down,
    up,
    async close() {
      await down();
      await line;
      authority.close();
    },
  };
}
