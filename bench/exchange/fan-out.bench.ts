/** One document to 1,000 agencies connected to us: accepted, kept, routed and in every inbox when it is answered; SQLite, and PostgreSQL where DATABASE_URL is set. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken } from '../../src/gateway/access/index.ts';
import { loadConfig } from '../../src/gateway/config.ts';
import { saveAgencies } from '../../src/gateway/directory/index.ts';
import { startGateway } from '../../src/gateway/index.ts';
import { AGENCY, letter, wire } from '../../test/gateway/support/messages.ts';
import { machine, percentile } from '../measure.ts';

const COUNT = 1_000;
const ROUNDS = 15;
const CODES = Array.from({ length: COUNT }, (_, n) => `H99.${Math.floor(n / 100) + 1}.${(n % 100) + 1}`);

async function measure(databaseUrl: string): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lienthong-fan-out-'));
  const flags = { dataDir, port: 0, logLevel: 'silent', workerThreads: 1, databaseUrl };
  const gateway = await startGateway(loadConfig({ env: {}, flags }).config);
  const { store } = gateway.deps.x;
  try {
    const inboxes = [AGENCY.district.code, ...CODES].map((code) => ({
      code,
      name: code,
      system: 'inbox' as const,
    }));
    await saveAgencies(store, inboxes, Date.now());
    const { token } = await createToken(store, AGENCY.district.code, 'clerk', Date.now());
    const times: number[] = [];
    const cpu: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const body = new Uint8Array(
        await wire(letter(CODES), [{ name: 'a.txt', bytes: Buffer.alloc(10_000) }]),
      );
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/xml' };
      const used = process.cpuUsage();
      const startedAt = performance.now();
      const answer = await fetch(`${gateway.url}/api/v1/packages`, { method: 'POST', headers, body });
      times.push(performance.now() - startedAt);
      const { user, system } = process.cpuUsage(used);
      cpu.push((user + system) / 1000);
      if (answer.status !== 202) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`);
    }
    // The first ones are read by a cold machine.
    const [warm, warmCpu] = [times.slice(3), cpu.slice(3)];
    process.stdout.write(
      `| ${store.kind} | ${percentile(warm, 0.5).toFixed(0)} | ${percentile(warm, 0.95).toFixed(0)} | ${percentile(warmCpu, 0.5).toFixed(0)} |\n`,
    );
  } finally {
    await gateway.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

process.stdout.write(`Machine: ${machine()}.\n\n`);
process.stdout.write(
  `| store | one document to ${COUNT} inboxes, p50 ms | p95, ms | CPU of this process, ms |\n|---|---|---|---|\n`,
);
await measure('');
const databaseUrl = process.env['DATABASE_URL'] ?? '';
if (databaseUrl !== '') await measure(databaseUrl);
