/**
 * Completes by itself what had to be signed below its level while an authority was down (the grace policy). The queue is in the
 * store: it survives restarts, several processes share it, each attempt and its reason are kept and shown.
 */

import { isPassingFault, SigningError } from '../../signing/index.ts';
import { appendEvents } from '../evidence/index.ts';
import type { Exchange } from '../exchange/index.ts';
import {
  changeLevelCompletion,
  hastenLevelCompletions,
  isLevelCompletionDue,
  type LevelCompletionRow,
  leaseLevelCompletion,
  releaseLevelCompletions,
  removeLarge,
  renewLevelCompletion,
  sourceOf,
} from '../store/index.ts';
import type { CryptoPool, Raised } from '../workers/index.ts';
import { replaceFile } from './replace.ts';

/** At the same time: as many as the authority is asked for at once. */
const AT_ONCE = 4;
const IDLE_MS = 1_000;
const DAY_MS = 86_400_000;

/** When to try, and when to stop. */
export interface CompletionSettings {
  /** Pauses after each failed attempt, milliseconds; the last one repeats. */
  readonly pausesMs: readonly number[];
  readonly giveUpAfterDays: number;
}

/** Outcome of one attempt, for the counter. */
export type CompletionOutcome = 'done' | 'later' | 'stopped';

export interface LevelCompletion {
  /** Looks at the queue now. */
  wake(): void;
  stop(): Promise<void>;
}

/** What one attempt leaves on the row. */
type Change = Partial<LevelCompletionRow> & { readonly state: string };

/** Starts the loop. @param onOutcome told of each attempt. */
export function startLevelCompletion(
  x: Exchange,
  pool: Pick<CryptoPool, 'raise'>,
  trustDir: string,
  settings: CompletionSettings,
  onOutcome: (outcome: CompletionOutcome) => void = () => undefined,
): LevelCompletion {
  const running = new Set<Promise<void>>();
  let stopped = false;
  let wake: () => void = () => undefined;

  function rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, IDLE_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function next(): Promise<LevelCompletionRow | null> {
    const now = x.now();
    if (running.size >= AT_ONCE || !(await isLevelCompletionDue(x.store.read, now))) return null;
    return x.store.write((tx) => leaseLevelCompletion(tx, x.owner, now, now + x.settings.leaseMs));
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      const row = await next().catch((cause: unknown) => {
        x.log.warn({ err: cause }, 'looking for levels to complete failed; trying again');
        return null;
      });
      if (row === null) {
        if (!stopped) await rest();
        continue;
      }
      const work = attempt(row)
        .catch((cause: unknown) =>
          x.log.error({ err: cause, completionId: row.id }, 'completing a level failed'),
        )
        .finally(() => {
          running.delete(work);
          wake();
        });
      running.add(work);
    }
  }

  async function attempt(row: LevelCompletionRow): Promise<void> {
    const renew = setInterval(() => {
      x.store
        .write((tx) => renewLevelCompletion(tx, row.id, x.owner, x.now() + x.settings.leaseMs))
        .catch(() => undefined);
    }, x.settings.leaseMs / 3);
    try {
      const raised = await raise(row);
      if (!stopped || !(raised instanceof Error)) await settle(row, raised);
    } finally {
      clearInterval(renew);
    }
  }

  async function raise(row: LevelCompletionRow): Promise<Raised | Error> {
    try {
      return await pool.raise({
        name: row.name,
        bytes: await x.blobs.fileOf(row.sha256),
        level: row.wanted as 'T',
        signers: JSON.parse(row.signers) as string[],
        trustDir,
        now: x.now(),
      });
    } catch (cause) {
      return cause instanceof Error ? cause : new Error(String(cause));
    }
  }

  /** A fault that waiting may mend is tried again, one that it does not mend stops for a person. */
  function afterFault(row: LevelCompletionRow, code: string, reason: string, mayPass: boolean): Change {
    const attempts = row.attempts + 1;
    const { pausesMs, giveUpAfterDays } = settings;
    const isLong = x.now() - row.created_at > giveUpAfterDays * DAY_MS;
    const pauseMs = pausesMs[Math.min(row.attempts, pausesMs.length - 1)] ?? 60_000;
    // A tenth more or less, so that many do not come back in the same moment.
    const jitter = 0.9 + Math.random() * 0.2;
    return {
      state: mayPass && !isLong ? 'waiting' : 'stopped',
      attempts,
      reason_code: code,
      reason,
      next_at: x.now() + Math.round(pauseMs * jitter),
    };
  }

  function changeFor(row: LevelCompletionRow, raised: Raised | Error): Change {
    if (!(raised instanceof Error)) {
      if (raised.fault === null)
        return { state: 'done', attempts: row.attempts + 1, reason_code: null, reason: null };
      return afterFault(row, raised.fault.code, raised.fault.reason, true);
    }
    if (!(raised instanceof SigningError)) {
      x.log.error(
        { err: raised, completionId: row.id },
        'a level was not completed for a reason nobody named',
      );
      return afterFault(row, 'INTERNAL', raised.message, true);
    }
    return afterFault(
      row,
      raised.code,
      String(raised.details['reason'] ?? raised.vi),
      isPassingFault(raised),
    );
  }

  async function settle(row: LevelCompletionRow, raised: Raised | Error): Promise<void> {
    const change = changeFor(row, raised);
    const isNew = !(raised instanceof Error) && raised.changed;
    const file = isNew
      ? await x.blobs.put(sourceOf(raised.bytes)).finally(() => removeLarge(raised.bytes))
      : null;
    const report = isNew ? await x.blobs.put(Buffer.from(JSON.stringify(raised.report))) : null;
    const after: LevelCompletionRow = {
      ...row,
      ...change,
      ...(raised instanceof Error ? {} : { level: raised.level }),
      ...(file === null || report === null ? {} : { sha256: file.sha256, report_sha256: report.sha256 }),
      lease_owner: null,
      lease_until: null,
      updated_at: x.now(),
    };
    const { id: _id, ...columns } = after;
    await x.store.write(async (tx) => {
      if (!(await changeLevelCompletion(tx, row.id, x.owner, columns))) return;
      if (isNew) await replaceFile(tx, row, after);
      if (isNew && row.source === 'package')
        await appendEvents(tx, row.source_id, [levelEvent(after)], x.now());
      if (change.state === 'done') await hastenLevelCompletions(tx, x.now());
    });
    const facts = { completionId: row.id, agency: row.agency, level: after.level, wanted: row.wanted };
    if (change.state === 'done') x.log.info(facts, 'level of a signature completed');
    else
      x.log.warn(
        { ...facts, code: change.reason_code, attempts: change.attempts, state: change.state },
        'level of a signature not completed yet',
      );
    onOutcome(change.state === 'waiting' ? 'later' : (change.state as 'done' | 'stopped'));
  }

  // One process on an embedded store: whoever held leases is gone.
  const done = (async () => {
    if (x.store.kind === 'sqlite')
      await x.store.write((tx) => releaseLevelCompletions(tx, null)).catch(() => undefined);
    await loop();
  })();
  return {
    wake: () => wake(),
    async stop() {
      stopped = true;
      wake();
      await done;
      // An attempt may wait minutes for an authority: it is dropped, its lease handed back, and made again.
      await x.store.write((tx) => releaseLevelCompletions(tx, x.owner)).catch(() => undefined);
    },
  };
}

function levelEvent(row: LevelCompletionRow): Parameters<typeof appendEvents>[2][number] {
  const { name, level, wanted, sha256 } = row;
  return { type: 'level-completed', actor: 'gateway', data: { name, level, wantedLevel: wanted, sha256 } };
}
