/**
 * The least a gateway could be, as a process of its own: takes a document by HTTP, hashes it, signs once with RSA-2048, writes it
 * to disk and one row to the database, answers; hands it on by HTTP and writes down that it did. Nothing is parsed, checked,
 * packed, routed or logged. Arguments: DATA_DIR DATABASE_URL (empty: SQLite) SINK_URL; says its port on standard output.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { openStore } from '../../src/gateway/store/index.ts';

const signAsync = promisify(sign);
const [dataDir = '', databaseUrl = '', sinkUrl = ''] = process.argv.slice(2);
const folder = join(dataDir, 'bare');
await mkdir(folder, { recursive: true });
const store = await openStore({ dataDir, databaseUrl, poolSize: 16 });
await store.write(async (tx) => {
  await sql`CREATE TABLE IF NOT EXISTS bench_bare (id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, receipt TEXT)`.execute(
    tx,
  );
});
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const SYNCED = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC;

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function handOn(body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(sinkUrl, { agent, method: 'POST', headers: { 'Content-Length': body.length } });
    call.on('error', reject);
    call.on('response', (answer) => void readAll(answer).then((text) => resolve(text.toString()), reject));
    call.end(body);
  });
}

async function take(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = await readAll(req);
  const sha256 = createHash('sha256').update(body).digest('hex');
  await signAsync('sha256', body, privateKey);
  const id = randomBytes(12).toString('hex');
  const file = await open(join(folder, id), SYNCED);
  await file.write(body);
  await file.close();
  await store.write(async (tx) => {
    await sql`INSERT INTO bench_bare (id, sha256) VALUES (${id}, ${sha256})`.execute(tx);
  });
  res.writeHead(202, { 'Content-Type': 'application/json' }).end(JSON.stringify({ packageId: id }));
  const receipt = await handOn(body);
  await store.write(async (tx) => {
    await sql`UPDATE bench_bare SET receipt = ${receipt} WHERE id = ${id}`.execute(tx);
  });
}

const server = createServer((req, res) => {
  take(req, res).catch((cause: unknown) => res.writeHead(500).end(String(cause)));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
