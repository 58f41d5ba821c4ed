/** The national axis' directory, 111,000 agencies, taken over twice (new, then unchanged): how long, and how late the event loop runs meanwhile. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type ListedAgency, syncAgencies } from '../../src/gateway/directory/index.ts';
import { openStore, type Store } from '../../src/gateway/store/index.ts';
import { machine } from '../measure.ts';

const COUNT = 111_000;
/** As the gateway pages it. */
const PAGE = 500;

function agency(n: number): ListedAgency {
  const code = `H${(n % 63) + 1}.${Math.floor(n / 63) % 90}.${Math.floor(n / 5_670)}.${n}`;
  return {
    code,
    otherCode: `${String(n % 1_000).padStart(3, '0')}.${n % 99}.${n}.H${(n % 63) + 1}`,
    name: `Phòng Tài chính – Kế hoạch số ${n}, Uỷ ban nhân dân thành phố Mẫu`,
    parent: `H${(n % 63) + 1}`,
    mail: `vt${n}@mau.gov.vn`,
    deleted: false,
  };
}

async function* pages(): AsyncGenerator<ListedAgency[]> {
  for (let n = 0; n < COUNT; n += PAGE)
    yield Array.from({ length: Math.min(PAGE, COUNT - n) }, (_, at) => agency(n + at));
}

async function measure(databaseUrl: string): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lienthong-directory-'));
  const store: Store = await openStore({ dataDir, databaseUrl, poolSize: 4 });
  try {
    for (const round of ['new', 'unchanged']) {
      const delay = monitorEventLoopDelay({ resolution: 10 });
      delay.enable();
      const startedAt = performance.now();
      const { added, changed } = await syncAgencies(store, pages(), { system: 'vxp', now: Date.now() });
      const seconds = (performance.now() - startedAt) / 1000;
      delay.disable();
      const ms = (value: number): string => (value / 1e6).toFixed(0);
      process.stdout.write(
        `| ${store.kind}, ${round} (${added} added, ${changed} changed) | ${seconds.toFixed(1)} | ${ms(delay.percentile(50))} | ${ms(delay.percentile(99))} | ${ms(delay.max)} |\n`,
      );
    }
  } finally {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

process.stdout.write(`Machine: ${machine()}.\n\n`);
process.stdout.write(
  '| directory of 111,000 agencies | s | event loop delay p50, ms | p99, ms | longest, ms |\n|---|---|---|---|---|\n',
);
await measure('');
if ((process.env['DATABASE_URL'] ?? '') !== '') await measure(process.env['DATABASE_URL'] ?? '');
