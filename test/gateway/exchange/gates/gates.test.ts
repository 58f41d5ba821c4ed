import { expect } from 'chai';
import { type Api, acceptedId, type DeliverySeen } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, letter, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

const ATTACHED = [{ name: 'a.txt', bytes: Buffer.from('a') }];

describe('exchange: counterparties that are down or paused', () => {
  let world: World;
  let district: Api;
  let operator: Api;
  before(async () => {
    world = await startWorld({
      recipientsAnswer: false,
      // The axis is down for as long as the machine takes to look at it: nothing may be parked meanwhile.
      settings: { breakerFailures: 2, breakerSeconds: 0.5, maxAttempts: 60 },
    });
    district = await world.as(AGENCY.district);
    operator = await world.as(AGENCY.district, 'operator');
  });
  after(() => world.close());

  const send = async (to: string): Promise<string> =>
    acceptedId(await district.postXml(await wire(letter([to]), ATTACHED)));

  function until(id: string, done: (seen: DeliverySeen) => boolean): Promise<DeliverySeen> {
    return eventually(
      async () => (await district.package(id)).deliveries[0] as DeliverySeen,
      (one) => one !== undefined && done(one),
    );
  }

  it('leaves a failing axis alone, costs the waiting no attempt, holds up no other axis, and goes on by itself', async () => {
    world.provincialAxis.behaviour.set({ mode: 'error500' });
    const first = await Promise.all(Array.from({ length: 2 }, () => send(AGENCY.department.code)));
    await Promise.all(first.map((id) => until(id, (one) => one.reason !== null)));
    const later = await Promise.all(Array.from({ length: 6 }, () => send(AGENCY.department.code)));
    const ids = [...first, ...later];
    const held = await eventually(
      async () =>
        (await Promise.all(later.map((id) => district.package(id)))).map((pkg) => pkg.deliveries[0]),
      (list) => list.some((one) => one?.reason?.code === 'COUNTERPARTY_DOWN' && one.attempts === 0),
    );
    const shown = await eventually(
      async () => (await operator.get('/api/v1/counterparties')).json.items,
      (items) => items.some((item: { state: string }) => item.state === 'down'),
    );
    const elsewhere = await until(await send(AGENCY.ministry.code), (one) => one.state === 'sent');

    world.provincialAxis.behaviour.set({ mode: 'ok' });
    const done = await Promise.all(ids.map((id) => until(id, (one) => one.state === 'sent')));

    const waiting = held.filter((one) => one?.reason?.code === 'COUNTERPARTY_DOWN');
    expect(waiting.some((one) => one?.attempts === 0)).to.equal(true);
    expect(waiting[0]?.reason?.text).to.match(/không trả lời/);
    expect(elsewhere.attempts).to.equal(1);
    expect(done.every((one) => one.reason === null)).to.equal(true);
    const down = shown.find((item: { system: string }) => item.system === 'provincial');
    expect(down).to.include({ state: 'down', errorCode: 'CONNECTOR_REMOTE_FAULT' });
    const sent = world.provincialAxis.ledger.entries().filter((entry) => entry.kind === 'edoc');
    expect(sent).to.have.length(8);
    expect(sent.every((entry) => entry.duplicateOf === undefined || entry.duplicateOf === null)).to.equal(
      true,
    );
    await eventually(
      async () => (await operator.get('/api/v1/counterparties')).json.items,
      (items) => items.every((item: { state: string }) => item.state === 'open'),
    );
  });

  it('sends nothing to a paused system, says who paused it and why, and goes on when it is resumed', async () => {
    const paused = await operator.postJson('/api/v1/counterparties/vxp/pause', { reason: 'Nâng cấp trục' });
    const id = await send(AGENCY.ministry.code);
    const waiting = await until(id, (one) => one.reason?.code === 'COUNTERPARTY_MAINTENANCE');
    const list = (await operator.get('/api/v1/counterparties')).json.items as Record<string, unknown>[];
    const ledger = world.nationalAxis.ledger.entries().length;

    const resumed = await operator.postJson('/api/v1/counterparties/vxp/resume', {});
    const done = await until(id, (one) => one.state === 'sent');

    expect(paused.status).to.equal(200);
    expect(waiting).to.include({ state: 'queued', attempts: 0 });
    expect(list.find((item) => item['system'] === 'vxp')).to.deep.include({
      state: 'maintenance',
      reason: 'Nâng cấp trục',
      waiting: 1,
    });
    expect(resumed.status).to.equal(200);
    expect(done.attempts).to.equal(1);
    expect(world.nationalAxis.ledger.entries().length).to.equal(ledger + 1);
    expect((await district.events(id)).filter((event) => event.type === 'held')).to.have.length(1);
  });

  it('lets only an operator pause, and only what is there', async () => {
    const clerk = await district.postJson('/api/v1/counterparties/vxp/pause', { reason: 'x' });
    const unknown = await operator.postJson('/api/v1/counterparties/nowhere/pause', { reason: 'x' });
    const nameless = await operator.postJson('/api/v1/counterparties/vxp/pause', {});
    const past = await operator.postJson('/api/v1/counterparties/vxp/pause', {
      reason: 'x',
      until: '2020-01-01T00:00:00Z',
    });

    expect([clerk.status, unknown.status, nameless.status, past.status]).to.deep.equal([403, 404, 400, 400]);
  });
});
