/** Documents through the least a gateway could be (`bare-relay.ts`), from the same clients and to as simple a counterparty. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inParallel, perSecond } from '../measure.ts';
import { createLeanClient } from './lean-client.ts';

const RELAY = new URL('./bare-relay.ts', import.meta.url).pathname;
/** As for the gateway: figures are taken when V8 has compiled what runs. */
const WARM_UP = 1500;

/** Keeps what it gets, as the simulated axis does, and answers with a name for it. */
async function startSink(folder: string): Promise<{ url: string; close(): void }> {
  await mkdir(folder, { recursive: true });
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const id = randomBytes(12).toString('hex');
      void writeFile(join(folder, id), Buffer.concat(chunks)).then(() => res.end(id));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Documents accepted a second by a bare relay, `lanes` clients at the same time. @param databaseUrl empty: SQLite. */
export async function measureBareRelay(
  dataDir: string,
  databaseUrl: string,
  pdf: Buffer,
  count: number,
  lanes: number,
): Promise<number> {
  const sink = await startSink(join(dataDir, 'sink'));
  const args = ['--import', 'tsx', RELAY, dataDir, databaseUrl, sink.url];
  const relay = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(relay.stdout, 'data')) as [Buffer];
  const client = createLeanClient(`http://127.0.0.1:${line.toString().trim()}`, 'none', lanes);
  const send = async (n: number): Promise<void> => {
    await client.send({ n }, pdf);
  };
  await inParallel(WARM_UP, lanes, send);
  const seconds = await inParallel(count, lanes, send);
  client.close();
  const ended = once(relay, 'exit');
  relay.kill('SIGTERM');
  await ended;
  sink.close();
  return perSecond(count, seconds);
}
