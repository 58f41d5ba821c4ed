/**
 * The least any gateway could do for one document: hash it, sign once with RSA-2048, make one durable commit, get one
 * confirmed publish. Nothing is parsed, checked, packed or routed.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { MessageBus } from '../../src/gateway/bus/index.ts';
import type { Store } from '../../src/gateway/store/index.ts';
import { inParallel, perSecond } from '../measure.ts';

const signAsync = promisify(sign);

/** Floor in documents per second with `lanes` at the same time. */
export async function measureFloor(
  store: Store,
  bus: MessageBus,
  document: Uint8Array,
  count: number,
  lanes: number,
): Promise<number> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await store.write(async (tx) => {
    await sql`CREATE TABLE IF NOT EXISTS bench_floor (id TEXT PRIMARY KEY, sha256 TEXT NOT NULL)`.execute(tx);
  });
  await bus.ensureSystems(['bench']);
  const subscription = await bus.consume('to.bench.normal', () => Promise.resolve(), { prefetch: 256 });
  const seconds = await inParallel(count, lanes, async (n) => {
    const body = Buffer.concat([document, Buffer.from(String(n))]);
    const sha256 = createHash('sha256').update(body).digest('hex');
    await signAsync('sha256', body, privateKey);
    await store.write(async (tx) => {
      await sql`INSERT INTO bench_floor (id, sha256) VALUES (${randomBytes(12).toString('hex')}, ${sha256})`.execute(
        tx,
      );
    });
    await bus.publish({
      routingKey: 'bench.normal.x.document',
      messageId: String(n),
      headers: {},
      contentType: 'application/octet-stream',
      body: body.subarray(0, 10_240),
    });
  });
  await subscription.cancel();
  return perSecond(count, seconds);
}
