/** A process of its own that removes expired payloads, or files that nothing names, and kills itself at a crash point. */
import { expireStep } from '../../../../src/gateway/exchange/retention/expire.ts';
import { sweepOrphans } from '../../../../src/gateway/exchange/retention/orphans.ts';
import { readRetention } from '../../../../src/gateway/exchange/retention/rules.ts';
import { openBlobStore, openStore } from '../../../../src/gateway/store/index.ts';

const [dataDir = '', databaseUrl = '', work = '', at = ''] = process.argv.slice(2);
const atPoint = (name: string): void => {
  if (name === at) process.kill(process.pid, 'SIGKILL');
};
const store = await openStore({ dataDir, databaseUrl, poolSize: 2 });
const blobs = await openBlobStore(`${dataDir}/blobs`, atPoint);
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const x = { store, blobs, log, now: Date.now, atPoint };
const retention = {
  rules: readRetention('delivered=30'),
  answerDays: 0,
  arrivalDays: 0,
  orphanHours: 24,
};
if (work === 'expire') await expireStep(x, retention);
else await sweepOrphans(x, 24, async () => {});
await store.close();
