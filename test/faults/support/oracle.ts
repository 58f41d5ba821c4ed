/**
 * The oracle: reads ledgers and blobs of the counterparties, the gateway's store and its blobs, and never asks the gateway
 * itself. Invariants I1–I5 and I7–I9 are listed in docs/reliability.md.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LedgerEntry } from '../../../src/connectors/index.ts';
import { listEvents, verifyEventChain } from '../../../src/gateway/evidence/index.ts';
import { HANDED_OVER_STATES, openBlobs, type Store } from '../../../src/gateway/store/index.ts';
import { parseEdxml } from '../../../src/packages/index.ts';
import { AGENCY } from '../../gateway/support/messages.ts';
import { S3_DEFAULTS } from '../../support/s3-server.ts';
import { until } from '../../support/until.ts';
import type { Sent } from './load.ts';
import type { Stage } from './stage.ts';

/** What the oracle found; all of it must be 0, and `recoverySeconds` small. */
export interface Findings {
  readonly documents: number;
  readonly losses: number;
  readonly doubles: number;
  readonly recoverySeconds: number;
}

/** Waits until everything is handed over (I9: without anyone's help), then judges. Throws on any violation. */
export async function judge(stage: Stage, sent: readonly Sent[], limitMs = 150_000): Promise<Findings> {
  const store = await stage.store();
  const startedAt = performance.now();
  try {
    await until(async () => (await openDeliveries(store)) === 0, limitMs);
    const recoverySeconds = (performance.now() - startedAt) / 1000;
    const atAxes = await readAxes(stage);
    const losses = sent.flatMap(({ documentId, recipients }) =>
      recipients.filter((to) => to !== AGENCY.commune.code && !atAxes.has(`${documentId} ${to}`)),
    ).length;
    const doubled = await doubledIn(stage, store);
    await assertContents(store, sent, atAxes);
    await assertHonest(stage, store, sent);
    await assertChainsAndBlobs(stage, store);
    expect(losses, 'documents answered 202 that a recipient never got (I1)').to.equal(0);
    expect(doubled.length, `effects done twice at a counterparty (I2): ${doubled.join('\n')}\n`).to.equal(0);
    return { documents: sent.length, losses, doubles: doubled.length, recoverySeconds };
  } finally {
    await store.close();
  }
}

/** Each effect that was done twice, with what the ledger and the timeline of its package say of it and when. */
async function doubledIn(stage: Stage, store: Store): Promise<string[]> {
  const told: string[] = [];
  for (const { ledger } of [stage.national, stage.provincial]) {
    for (const second of ledger.duplicates()) {
      const first = ledger.entries().find(({ id }) => id === second.duplicateOf);
      const documentId = String(second.facts?.['documentId']);
      const packages = await store.read
        .selectFrom('packages')
        .select('id')
        .where('document_id', '=', documentId)
        .execute();
      const events = await Promise.all(packages.map(({ id }) => listEvents(store.read, id)));
      const said = events.flat().map(({ type, at, data }) => `${new Date(at).toISOString()} ${type} ${data}`);
      told.push(
        [`${documentId} to ${second.to[0]}: ${first?.time} and ${second.time}`, ...said].join('\n  '),
      );
    }
  }
  return told;
}

/** Deliveries not handed over yet; a database that is just coming back is asked again. */
async function openDeliveries(store: Store): Promise<number> {
  try {
    const rows = await store.read
      .selectFrom('deliveries')
      .select('id')
      .where('state', 'not in', [...HANDED_OVER_STATES])
      .limit(1)
      .execute();
    const unrouted = await store.read
      .selectFrom('packages')
      .select('id')
      .where('state', '=', 'accepted')
      .limit(1)
      .execute();
    return rows.length + unrouted.length;
  } catch {
    return 1;
  }
}

/** What each axis took: `documentId recipient` → its entry and the package it keeps. */
async function readAxes(stage: Stage): Promise<Map<string, { entry: LedgerEntry; fileSha256: string }>> {
  const taken = new Map<string, { entry: LedgerEntry; fileSha256: string }>();
  for (const [axis, folder] of [
    [stage.national, stage.axisFolders.national],
    [stage.provincial, stage.axisFolders.provincial],
  ] as const) {
    const files = await digestsOf(folder);
    for (const entry of axis.ledger.entries()) {
      const path = files.get(entry.sha256);
      if (path === undefined) throw new Error(`the axis keeps no package of digest ${entry.sha256}`);
      const { message } = await parseEdxml(createReadStream(path));
      const [file] = message.kind === 'document' ? message.attachments : [];
      taken.set(`${String(entry.facts?.['documentId'])} ${entry.to[0]}`, {
        entry,
        fileSha256: file?.sha256 ?? '',
      });
    }
  }
  return taken;
}

async function digestsOf(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    found.set(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
      path,
    );
  }
  return found;
}

/** I3: what a recipient got is what its sender handed in, for every document. */
async function assertContents(
  store: Store,
  sent: readonly Sent[],
  atAxes: ReadonlyMap<string, { fileSha256: string }>,
): Promise<void> {
  for (const { documentId, recipients, fileSha256, packageId } of sent) {
    for (const to of recipients) {
      if (to === AGENCY.commune.code) {
        const rows = await store.read
          .selectFrom('deliveries')
          .select(['state', 'seq'])
          .where('package_id', '=', packageId)
          .where('recipient', '=', to)
          .execute();
        expect(rows, `inbox of ${to}, ${documentId} (I1, I2)`).to.have.length(1);
        expect(rows[0]?.seq, 'position in the inbox').to.be.a('number');
      } else {
        expect(atAxes.get(`${documentId} ${to}`)?.fileSha256, `${documentId} at ${to} (I3)`).to.equal(
          fileSha256,
        );
      }
    }
  }
}

/** I5: what the store calls sent has the counterparty's own id for it, and is in its ledger. */
async function assertHonest(stage: Stage, store: Store, sent: readonly Sent[]): Promise<void> {
  const known = new Set(
    [stage.national, stage.provincial].flatMap(({ ledger }) => ledger.entries().map(({ id }) => id)),
  );
  const mine = new Set(sent.map(({ packageId }) => packageId));
  const rows = await store.read
    .selectFrom('deliveries')
    .select(['package_id', 'state', 'remote_id'])
    .where('system', '!=', 'inbox')
    .execute();
  for (const row of rows.filter(({ package_id }) => mine.has(package_id))) {
    expect(row.state, 'without a status of its recipient nothing is delivered (I5)').to.equal('sent');
    expect(known.has(row.remote_id ?? ''), `receipt ${row.remote_id} in a ledger (I5)`).to.equal(true);
  }
}

/** I7: every event chain is whole. I8: every row's blob is there, with the bytes it is named after. */
async function assertChainsAndBlobs(stage: Stage, store: Store): Promise<void> {
  const { s3Url = '' } = stage.engines;
  const blobs = await openBlobs({ ...S3_DEFAULTS, dataDir: stage.dataDir, s3Url });
  for (const pkg of await store.read.selectFrom('packages').selectAll().execute()) {
    const head = { seq: pkg.event_seq, hash: pkg.event_head };
    const broken = verifyEventChain(await listEvents(store.read, pkg.id), head);
    expect(broken, `event chain of ${pkg.id} (I7)`).to.equal(null);
    expect((await blobs.read(pkg.payload_sha256)).length, `blob of ${pkg.id}`).to.equal(pkg.size);
  }
  await blobs.close();
}
