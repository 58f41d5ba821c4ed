/** After an attempt that broke off, a counterparty's "I do not have it" counts only when it can no longer be at work on it. */
import { expect } from 'chai';
import { ConnectorError } from '../../../../src/connectors/index.ts';
import { listEvents } from '../../../../src/gateway/evidence/index.ts';
import { deliverOne, type Exchange } from '../../../../src/gateway/exchange/index.ts';
import {
  type DeliveryRow,
  findDelivery,
  insertDeliveries,
  insertPackage,
  updateDelivery,
  withdrawUnsent,
} from '../../../../src/gateway/store/index.ts';
import { type BareGateway, startBareGateway } from '../../support/bare.ts';
import { deliveryRow, packageRow } from '../../support/rows.ts';

const TIMEOUT_MS = 60_000;

/** An axis that can be told when what was sent before comes through. */
function slowAxis() {
  const calls: string[] = [];
  const axis = {
    calls,
    holds: null as string | null,
    fails: null as Error | null,
    async find() {
      calls.push('find');
      return axis.holds === null ? null : { remoteId: axis.holds, final: false };
    },
    async deliver() {
      calls.push('deliver');
      if (axis.fails !== null) throw axis.fails;
      axis.holds = 'vb-1';
      return { remoteId: 'vb-1', final: false };
    },
    system: 'truc',
  };
  return axis;
}

describe('exchange: an attempt whose end nobody knows', () => {
  let bare: BareGateway;
  before(async () => {
    bare = await startBareGateway();
  });
  after(() => bare.close());

  async function stage(change: Partial<DeliveryRow> = {}) {
    const { x } = bare.gateway.deps;
    const pkg = packageRow({ state: 'in-progress' });
    const delivery = deliveryRow(pkg, { system: 'truc', state: 'queued', ...change });
    await x.store.write(async (tx) => {
      await insertPackage(tx, pkg);
      await insertDeliveries(tx, [delivery]);
    });
    const axis = slowAxis();
    const clock = { now: Date.now() };
    const here: Exchange = {
      ...x,
      now: () => clock.now,
      counterparties: new Map([['truc', axis as never]]),
      settings: { ...x.settings, counterpartyTimeoutMs: TIMEOUT_MS },
    };
    return {
      axis,
      clock,
      here,
      attempt: () => deliverOne(here, delivery.id, new AbortController().signal),
      row: async () => (await findDelivery(x.store.read, delivery.id)) as DeliveryRow,
      events: async () => (await listEvents(x.store.read, pkg.id)).map(({ type }) => type),
      set: (fields: Partial<DeliveryRow>) => x.store.write((tx) => updateDelivery(tx, delivery.id, fields)),
      withdraw: async () =>
        (await x.store.write((tx) => withdrawUnsent(tx, [delivery.id], 'pkg_hoi', clock.now))).size === 1,
    };
  }

  /** As a process that was killed leaves it. */
  const leftBehind = (): Partial<DeliveryRow> => ({
    state: 'sending',
    attempts: 1,
    lease_owner: 'tiến trình trước',
    lease_until: Date.now() - 1,
  });

  it('is taken over from a dead process: asked at once, not sent, and found when it has come through', async () => {
    const { axis, clock, attempt, row, events } = await stage(leftBehind());
    const begin = clock.now;

    await attempt();
    const waiting = await row();
    clock.now = begin + TIMEOUT_MS / 2;
    await attempt();
    axis.holds = 'vb-truoc';
    await attempt();

    expect(axis.calls).to.deep.equal(['find', 'find', 'find']);
    expect(waiting).to.include({ state: 'retrying', attempts: 1, reason_code: 'OUTCOME_UNCLEAR' });
    expect(waiting.unclear_until).to.equal(begin + TIMEOUT_MS);
    expect(await row()).to.include({ state: 'sent', remote_id: 'vb-truoc', unclear_until: null });
    expect(await events()).to.deep.equal(['held', 'sent-reconciled']);
  });

  it('is sent again when the counterparty says no after it must have ended', async () => {
    const { axis, clock, attempt, row } = await stage(leftBehind());

    await attempt();
    clock.now += TIMEOUT_MS;
    await attempt();

    expect(axis.calls).to.deep.equal(['find', 'find', 'deliver']);
    expect(await row()).to.include({ state: 'sent', attempts: 2, unclear_until: null });
  });

  for (const [name, failure, isUnclear] of [
    ['a connection cut', connectorError('CONNECTOR_UNREACHABLE', { network: 'ECONNRESET' }), true],
    ['no answer in time', connectorError('CONNECTOR_TIMEOUT', {}), true],
    ['a proxy without an answer', connectorError('CONNECTOR_REMOTE_FAULT', { status: 502 }), true],
    ['an unnamed fault', new Error('lỗi lạ'), true],
    [
      'no connection',
      connectorError('CONNECTOR_UNREACHABLE', { network: 'ECONNREFUSED' }, { effect: 'none' }),
      false,
    ],
    ['an error of its own', connectorError('CONNECTOR_REMOTE_FAULT', { status: 500 }), false],
  ] as const) {
    it(`${isUnclear ? 'may be' : 'is not'} one after ${name}`, async () => {
      const { axis, clock, attempt, row } = await stage();
      axis.fails = failure;

      await attempt();
      const failed = await row();
      axis.fails = null;
      clock.now += 1_000;
      await attempt();

      expect(failed.unclear_until).to.equal(isUnclear ? clock.now - 1_000 + TIMEOUT_MS : null);
      expect(axis.calls).to.deep.equal(isUnclear ? ['deliver', 'find'] : ['deliver', 'find', 'deliver']);
    });
  }

  it('is not made one by a question that failed, and not ended by it', async () => {
    const { axis, attempt, row, clock } = await stage(leftBehind());
    const until = clock.now + TIMEOUT_MS;
    axis.find = () => Promise.reject(connectorError('CONNECTOR_TIMEOUT', {}));
    clock.now += 1_000;

    await attempt();

    expect(await row()).to.include({ state: 'retrying', reason_code: 'CONNECTOR_TIMEOUT' });
    expect((await row()).unclear_until).to.equal(until + 1_000);
  });

  it('cannot be withdrawn, since its recipient may have it; after a clear answer it can', async () => {
    const { axis, attempt, clock, withdraw, row } = await stage();
    axis.fails = connectorError('CONNECTOR_TIMEOUT', {});
    await attempt();

    const unclear = await withdraw();
    axis.fails = connectorError('CONNECTOR_REMOTE_FAULT', { status: 503 });
    clock.now += TIMEOUT_MS;
    await attempt();
    const clear = await withdraw();

    expect([unclear, clear]).to.deep.equal([false, true]);
    expect((await row()).state).to.equal('withdrawn');
  });
});

function connectorError(
  code: ConstructorParameters<typeof ConnectorError>[0],
  details: { network?: string; status?: number },
  options?: { effect: 'none' },
): ConnectorError {
  return new ConnectorError(code, { system: 'truc', operation: 'sendEdoc', ...details }, options);
}
