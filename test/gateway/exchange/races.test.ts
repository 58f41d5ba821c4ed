/**
 * Two that decide about one delivery at the same time: whoever comes second decides by what the first has done, and not by what it saw
 * before. On PostgreSQL the second stands still behind the first one's locks; on SQLite it comes behind it.
 */
import { expect } from 'chai';
import { sql } from 'kysely';
import { appendEvents } from '../../../src/gateway/evidence/index.ts';
import { settleFailed } from '../../../src/gateway/exchange/delivery/failure.ts';
import { settleSent } from '../../../src/gateway/exchange/delivery/settle.ts';
import { waitForClarity } from '../../../src/gateway/exchange/gates/hold.ts';
import {
  answerDelivery,
  applyStatus,
  type Exchange,
  noteAnswer,
  refreshPackageState,
  releaseOne,
  retryParked,
} from '../../../src/gateway/exchange/index.ts';
import { sweepOnce } from '../../../src/gateway/exchange/loops/sweep.ts';
import { applyRequest } from '../../../src/gateway/exchange/recall/request.ts';
import { settleStatus } from '../../../src/gateway/exchange/status/together.ts';
import { acknowledge } from '../../../src/gateway/http/vxp/mailbox.ts';
import {
  type DeliveryRow,
  findDelivery,
  findPackage,
  insertDeliveries,
  insertPackage,
  leaseDelivery,
  listInbox,
  type PackageRow,
  type Queries,
  updateDelivery,
  withdrawUnsent,
} from '../../../src/gateway/store/index.ts';
import type { EdxmlDocument, EdxmlStatus } from '../../../src/packages/index.ts';
import { testDatabaseUrl } from '../../support/services.ts';
import { until } from '../../support/until.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY, letter, statusOn } from '../support/messages.ts';
import { deliveryRow, packageRow } from '../support/rows.ts';

const NEVER = Date.now() + 3_600_000;
/** The axis of these tests; nothing is ever sent over it. */
const AXIS = 'vxp';

function suite(databaseUrl: () => string): void {
  let bare: BareGateway;
  let x: Exchange;
  before(async () => {
    bare = await startBareGateway({ databaseUrl: databaseUrl(), redriveSeconds: 3600 });
    const own = bare.gateway.deps.x;
    x = {
      ...own,
      counterparties: new Map([[AXIS, { system: AXIS, deliver: () => Promise.reject(new Error()) }]]),
    };
  });
  after(() => bare.close());

  /** Runs `second` while `first` has done its part and not committed it yet. */
  async function meanwhile<T>(
    first: (tx: Queries) => Promise<unknown>,
    second: () => Promise<T>,
  ): Promise<PromiseSettledResult<T>> {
    let commit = (): void => undefined;
    const mayCommit = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let begun = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const one = x.store.write(async (tx) => {
      await first(tx);
      begun();
      await mayCommit;
    });
    await hasBegun;
    const two = second();
    const ended = Promise.allSettled([two]);
    if (x.store.kind === 'postgres') await until(isOneWaiting);
    commit();
    await one;
    const [result] = await ended;
    return result;
  }

  async function isOneWaiting(): Promise<boolean> {
    const { rows } = await sql<{ waiting: number | string }>`
      SELECT count(*) AS waiting FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(x.store.read);
    return Number(rows[0]?.waiting) > 0;
  }

  interface Kept {
    readonly document: EdxmlDocument;
    readonly pkg: PackageRow;
    readonly deliveries: readonly DeliveryRow[];
  }

  /** A document that was kept, with one delivery for each of `to`. */
  async function keep(
    to: readonly Partial<DeliveryRow>[],
    more: Partial<EdxmlDocument> = {},
    origin = 'api',
  ) {
    const document = letter(
      to.map(({ recipient = '' }) => recipient),
      more,
    );
    const pkg = packageRow({
      state: 'in-progress',
      sender: document.from.organId,
      origin,
      document_id: document.documentId,
      code: `${document.code.codeNumber}/${document.code.codeNotation}`,
      metadata: JSON.stringify(document),
      accepted_at: Date.now(),
    });
    const deliveries = to.map((one) => deliveryRow(pkg, { system: AXIS, next_attempt_at: NEVER, ...one }));
    await x.store.write(async (tx) => {
      await insertPackage(tx, pkg);
      await insertDeliveries(tx, deliveries);
    });
    return { document, pkg, deliveries } satisfies Kept;
  }

  async function keepStatus(status: EdxmlStatus): Promise<PackageRow> {
    const pkg = packageRow({
      kind: 'status',
      origin: AXIS,
      sender: status.from.organId,
      document_id: status.responseFor.documentId ?? '',
      code: status.statusCode,
      metadata: JSON.stringify(status),
      // As if it were being taken in: the gateway's own loops leave it alone.
      updated_at: Date.now(),
    });
    await x.store.write((tx) => insertPackage(tx, pkg));
    return pkg;
  }

  const MINISTRY = { recipient: AGENCY.ministry.code, recipient_name: AGENCY.ministry.name };
  const DEPARTMENT = { recipient: AGENCY.department.code, recipient_name: AGENCY.department.name };
  const heard = { id: 'pkg_status', origin: AXIS };

  async function now(kept: Kept, at = 0): Promise<DeliveryRow> {
    const row = await findDelivery(x.store.read, kept.deliveries[at]?.id ?? '');
    if (row === undefined) throw new Error('no such delivery');
    return row;
  }
  const say =
    (kept: Kept, code: string, by: { code: string; name: string } = AGENCY.ministry) =>
    (tx: Queries): Promise<unknown> =>
      applyStatus(x, tx, statusOn(kept.document, by, code), heard, Date.now());
  const id = ({ deliveries }: Kept, at = 0): string => deliveries[at]?.id ?? '';
  const first = ({ deliveries: [one] }: Kept): DeliveryRow => {
    if (one === undefined) throw new Error('no delivery');
    return one;
  };

  it('asks back what is just leaving', async () => {
    const kept = await keep([{ ...MINISTRY, state: 'queued' }]);
    const recall = await keep([{ ...MINISTRY, state: 'accepted' }], {
      documentId: kept.document.documentId,
      business: { businessDocType: 1, documentId: kept.document.documentId },
    });

    await meanwhile(
      (tx) =>
        leaseDelivery(tx, id(kept), { owner: 'another', until: NEVER, unclearUntil: NEVER }, Date.now()),
      () => x.store.write((tx) => applyRequest(x, tx, recall.pkg, Date.now())),
    );

    expect(await now(kept)).to.include({
      state: 'sending',
      recall: 'requested',
      recall_package_id: recall.pkg.id,
    });
  });

  it('lets nothing go on that its sender has taken back', async () => {
    const kept = await keep([{ ...MINISTRY, state: 'parked', reason_code: 'REFUSED' }]);

    const retried = await meanwhile(
      async (tx) => {
        await withdrawUnsent(tx, [id(kept)], kept.pkg.id, Date.now());
        await appendEvents(tx, kept.pkg.id, [{ type: 'withdrawn', actor: 'test' }], Date.now());
      },
      () => retryParked(x, id(kept), 'operator'),
    );

    expect(retried).to.include({ value: false });
    expect((await now(kept)).state).to.equal('withdrawn');
  });

  it('lets what two release at the same time go on once', async () => {
    const { code: recipient, name: recipient_name } = AGENCY.commune;
    const kept = await keep([{ recipient, recipient_name, system: 'inbox', state: 'parked' }]);

    const again = await meanwhile(
      (tx) => releaseOne(x, tx, id(kept), 'one', Date.now()),
      () => retryParked(x, id(kept), 'two'),
    );

    expect(again).to.include({ value: false });
    const lines = await listInbox(x.store.read, recipient, 0, 500);
    expect(lines.map(({ seq }) => seq)).to.deep.equal(lines.map((_, index) => index + 1));
  });

  it('does not send again what its recipient has meanwhile said it has', async () => {
    const kept = await keep([{ ...MINISTRY, state: 'sending', lease_owner: x.owner, lease_until: NEVER }]);
    const failure = { code: 'UNREACHABLE', retryable: true, vi: '', effect: 'unclear' } as const;

    await meanwhile(say(kept, '03'), () => settleFailed(x, first(kept), kept.pkg, failure as never));

    expect(await now(kept)).to.include({ state: 'delivered', business_status: '03' });
  });

  it('does not put back what its recipient has meanwhile said it has', async () => {
    const kept = await keep([{ ...MINISTRY, state: 'sending', lease_owner: x.owner, lease_until: NEVER }]);

    await meanwhile(say(kept, '01'), () => waitForClarity(x, first(kept), kept.pkg));

    expect(await now(kept)).to.include({ state: 'delivered', business_status: '01' });
  });

  it('keeps asking for a person when one delivery is parked and another one handed over', async () => {
    const kept = await keep([
      { ...MINISTRY, state: 'sending' },
      { ...DEPARTMENT, state: 'sending' },
    ]);

    await meanwhile(
      async (tx) => {
        await updateDelivery(tx, id(kept, 1), { state: 'parked' });
        await appendEvents(tx, kept.pkg.id, [{ type: 'parked', actor: 'test' }], Date.now());
        await refreshPackageState(tx, kept.pkg.id, Date.now());
      },
      () => {
        const receipt = { remoteId: 'r1', final: false };
        return settleSent(x, { delivery: first(kept), pkg: kept.pkg, receipt, reconciled: false }, false);
      },
    );

    expect((await now(kept)).state).to.equal('sent');
    expect((await findPackage(x.store.read, kept.pkg.id))?.state).to.equal('attention');
  });

  it('knows that all have it when the last two say so at the same time', async () => {
    const kept = await keep([
      { ...MINISTRY, state: 'sent' },
      { ...DEPARTMENT, state: 'sent' },
    ]);
    const pkg = await keepStatus(statusOn(kept.document, AGENCY.ministry, '03'));

    await meanwhile(say(kept, '03', AGENCY.department), () => settleStatus(x, { pkg, checked: [] }));

    expect((await findPackage(x.store.read, kept.pkg.id))?.state).to.equal('delivered');
  });

  it('records a status that another one has overtaken, and does not go back to it', async () => {
    const kept = await keep([{ ...MINISTRY, state: 'delivered', business_status: '01' }]);
    const pkg = await keepStatus(statusOn(kept.document, AGENCY.ministry, '03'));

    await meanwhile(say(kept, '04'), () => settleStatus(x, { pkg, checked: [] }));

    expect((await now(kept)).business_status).to.equal('04');
  });

  it('judges the second of two answers by the first', async () => {
    const { code: recipient, name: recipient_name } = AGENCY.commune;
    const from = { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name };
    const kept = await keep(
      [{ recipient, recipient_name, system: 'inbox', state: 'fetched', seq: 900, business_status: '01' }],
      { from },
      AXIS,
    );
    const clerk = { origin: 'api', actor: recipient, maySendFor: (code: string) => code === recipient };

    const second = await meanwhile(
      (tx) => noteAnswer(tx, first(kept), '02', recipient, 'pkg_status', Date.now()),
      () => answerDelivery(x, id(kept), { statusCode: '03' }, clerk),
    );

    expect(second).to.have.nested.property('reason.code', 'STATUS_NOT_ALLOWED');
    expect((await now(kept)).business_status).to.equal('02');
  });

  it('leaves a document returned that is ticked off at the same time', async () => {
    const { code: recipient, name: recipient_name } = AGENCY.commune;
    const kept = await keep([{ recipient, recipient_name, system: 'inbox', state: 'fetched', seq: 901 }]);
    const system = { id: '00.21.W00', agencies: [recipient] };

    await meanwhile(say(kept, '02', AGENCY.commune), () =>
      acknowledge({ ...bare.gateway.deps, x }, system as never, id(kept), 'done'),
    );

    expect(await now(kept)).to.include({ state: 'refused', business_status: '02' });
  });

  it('leaves the lease of a delivery alone that is taken while it is announced again', async () => {
    const kept = await keep([{ ...MINISTRY, state: 'queued', next_attempt_at: 1 }]);
    const lease = { owner: 'another', until: NEVER, unclearUntil: NEVER };

    await meanwhile(
      (tx) => leaseDelivery(tx, id(kept), lease, Date.now()),
      () => sweepOnce(x),
    );

    expect(await now(kept)).to.include({ state: 'sending', lease_owner: 'another', lease_until: NEVER });
  });
}

describe('exchange: two at once on SQLite', () => suite(() => ''));
describe('exchange: two at once', () => {
  const databaseUrl = testDatabaseUrl();
  describe('on PostgreSQL', () => suite(databaseUrl));
});
