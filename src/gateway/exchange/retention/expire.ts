/** Retention: the payload of what has been finished long enough goes; metadata, timeline, reports and the event chain stay. */
import { appendToMany } from '../../evidence/index.ts';
import {
  findExpired,
  findPayloads,
  markPayloadRemoved,
  removeOldAnswers,
  removeOldInboxKeys,
} from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { expiryOf, type RetentionRule } from './rules.ts';

/** Packages of one transaction: small, so that accepting hardly waits for it on SQLite. */
const STEP = 50;
/** Rows of one transaction that only protect against repeats. */
const ROWS = 500;

/** What is kept for how long; see the settings of the same names. */
export interface Retention {
  readonly rules: readonly RetentionRule[];
  readonly answerDays: number;
  readonly arrivalDays: number;
  /** 0: files that nothing names are left alone. */
  readonly orphanHours: number;
}

type Parts = Pick<Exchange, 'store' | 'blobs' | 'log' | 'now' | 'atPoint'>;

/** One small step of every rule. @returns how many packages and rows it removed; 0: nothing is due. */
export async function expireStep(x: Parts, retention: Retention): Promise<number> {
  let removed = 0;
  for (const rule of retention.rules) removed += await expireSome(x, rule);
  const day = 86_400_000;
  for (const [days, remove] of [
    [retention.answerDays, removeOldAnswers],
    [retention.arrivalDays, removeOldInboxKeys],
  ] as const) {
    if (days > 0) removed += await x.store.write((tx) => remove(tx, x.now() - days * day, ROWS));
  }
  return removed;
}

async function expireSome(x: Parts, rule: RetentionRule): Promise<number> {
  const now = x.now();
  const expiry = expiryOf(rule, now);
  const gone = await x.store.write(async (tx) => {
    const taken: { id: string; payload_sha256: string }[] = [];
    for (const pkg of await findExpired(tx, expiry, STEP)) {
      if (await markPayloadRemoved(tx, pkg.id, expiry, now)) taken.push(pkg);
    }
    const events = (pkg: { payload_sha256: string }) => [
      {
        type: 'payload-removed' as const,
        actor: 'gateway',
        data: { sha256: pkg.payload_sha256, days: rule.days },
      },
    ];
    await appendToMany(
      tx,
      taken.map((pkg) => ({ packageId: pkg.id, events: events(pkg) })),
      now,
    );
    return taken;
  });
  x.atPoint('R1');
  // Whatever a crash leaves here is a file that nothing names, and goes with those.
  const isNamed = async (sha256: string): Promise<boolean> =>
    (await findPayloads(x.store.read, [sha256])).size > 0;
  for (const sha256 of new Set(gone.map((pkg) => pkg.payload_sha256)))
    await x.blobs.remove(sha256, Number.POSITIVE_INFINITY, isNamed);
  if (gone.length > 0)
    x.log.info(
      { packages: gone.length, kind: rule.kind, state: rule.state },
      'payloads were removed: their time is over',
    );
  return gone.length;
}
