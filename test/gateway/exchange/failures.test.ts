import { expect } from 'chai';
import { createVxpClient, type LedgerEntry } from '../../../src/connectors/index.ts';
import { type Api, acceptedId, type DeliverySeen } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, sha256, statusOn, wire } from '../support/messages.ts';
import { SECRETS, startWorld, type World } from '../support/world.ts';

const ATTACHED = [{ name: 'a.txt', bytes: Buffer.from('a') }];

describe('exchange: when something fails', () => {
  let world: World;
  let district: Api;
  let commune: Api;
  let operator: Api;
  before(async () => {
    world = await startWorld();
    district = await world.as(AGENCY.district);
    commune = await world.as(AGENCY.commune);
    operator = await world.as(AGENCY.district, 'operator');
  });
  after(() => world.close());
  afterEach(() => {
    for (const part of [world.nationalAxis, world.provincialAxis]) part.behaviour.set({ mode: 'ok' });
  });

  async function delivery(id: string, done: (seen: DeliverySeen) => boolean): Promise<DeliverySeen> {
    const seen = await eventually(
      async () => (await district.package(id)).deliveries[0],
      (one) => one !== undefined && done(one),
    );
    return seen as DeliverySeen;
  }

  function effects(axis: World['provincialAxis'], documentId: string): readonly LedgerEntry[] {
    return axis.ledger
      .entries()
      .filter((entry) => entry.kind === 'edoc' && entry.facts?.['documentId'] === documentId);
  }

  it('retries while the counterparty is down, says why and when, and delivers when it is back', async () => {
    world.provincialAxis.behaviour.set({ mode: 'error500' });
    const message = letter([AGENCY.department.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));

    const waiting = await delivery(id, (seen) => seen.state === 'retrying');
    world.provincialAxis.behaviour.set({ mode: 'ok' });
    const done = await delivery(id, (seen) => seen.status === '03');

    expect(waiting.reason?.code).to.equal('CONNECTOR_REMOTE_FAULT');
    expect(waiting.reason?.text).to.match(/Hệ thống bên ngoài gặp lỗi/);
    expect(done.reason).to.equal(null);
    expect(effects(world.provincialAxis, message.documentId)).to.have.length(1);
    const failed = (await district.events(id)).filter((event) => event.type === 'attempt-failed');
    expect(failed.length).to.be.at.least(1);
    expect(failed[0]?.data).to.include({ code: 'CONNECTOR_REMOTE_FAULT', nextInSeconds: 1 });
  });

  it('parks after the last attempt, and an operator sends it on', async () => {
    world.provincialAxis.behaviour.set({ mode: 'error500' });
    const message = letter([AGENCY.department.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    const parked = await delivery(id, (seen) => seen.state === 'parked');
    const attention = (await district.package(id)).state;
    world.provincialAxis.behaviour.set({ mode: 'ok' });
    const stranger = await commune.postJson(`/api/v1/deliveries/${parked.deliveryId}/retry`, {});

    const retried = await operator.postJson(`/api/v1/deliveries/${parked.deliveryId}/retry`, {});
    const again = await operator.postJson(`/api/v1/deliveries/${parked.deliveryId}/retry`, {});

    expect(parked.attempts).to.equal(4);
    expect(attention).to.equal('attention');
    expect(stranger.status).to.equal(404);
    expect(retried.status).to.equal(202);
    expect(again.status).to.equal(400);
    await delivery(id, (seen) => seen.status === '03');
    expect((await district.events(id)).map((event) => event.type)).to.include('retried-by-operator');
    expect(effects(world.provincialAxis, message.documentId)).to.have.length(1);
  });

  it('parks at once what no repetition can help, with the reason in Vietnamese', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.locked.code]), ATTACHED)));

    const parked = await delivery(id, (seen) => seen.state === 'parked');

    expect(parked.attempts).to.equal(1);
    expect(parked.reason?.code).to.equal('CONNECTOR_RECIPIENT_LOCKED');
    expect(parked.reason?.text).to.include('Đơn vị nhận đang bị khoá');
    expect((await district.package(id)).state).to.equal('attention');
  });

  it('holds up no other recipient when one is parked', async () => {
    const message = letter([AGENCY.locked.code, AGENCY.ministry.code, AGENCY.commune.code]);

    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    const seen = await eventually(
      () => district.package(id),
      ({ deliveries }) =>
        deliveries.some((one) => one.recipient === AGENCY.ministry.code && one.status === '03') &&
        deliveries.some((one) => one.recipient === AGENCY.locked.code && one.state === 'parked'),
    );

    const states = Object.fromEntries(seen.deliveries.map((one) => [one.recipient, one.state]));
    expect(states[AGENCY.locked.code]).to.equal('parked');
    expect(states[AGENCY.commune.code]).to.equal('available');
    expect(seen.state).to.equal('attention');
  });

  it('keeps one package of what an axis lists twice', async () => {
    world.nationalAxis.behaviour.set({ mode: 'duplicate', count: 1, path: '/sendEdoc' });
    const message = letter([AGENCY.commune.code], {
      from: { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name },
      documentId: 'bo-gui-hai-lan',
      traceHeaders: [{ organId: AGENCY.ministry.code, timestamp: '2026-11-20T08:00:00+07:00' }],
    });
    await world.ministrySends(await wire(message, ATTACHED), 'edoc');

    await eventually(
      () => waiting(),
      (left) => left === 0,
    );

    const items = (await commune.inbox('?limit=500')).items.filter(
      (item) => item['documentId'] === 'bo-gui-hai-lan',
    );
    expect(items).to.have.length(1);
  });

  it('takes what an axis holds, byte for byte, and answers go back', async () => {
    const message = letter([AGENCY.commune.code], {
      from: { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name },
      documentId: 'bo-gui-1',
      traceHeaders: [{ organId: AGENCY.ministry.code, timestamp: '2026-11-20T08:00:00+07:00' }],
    });
    const bytes = await wire(message, ATTACHED);
    await world.ministrySends(bytes, 'edoc');
    const item = await eventually(
      async () => (await commune.inbox('?limit=500')).items.find((seen) => seen['documentId'] === 'bo-gui-1'),
      (seen) => seen !== undefined,
    );
    const content = await commune.get(`/api/v1/packages/${item?.['packageId']}/content`);

    for (const statusCode of ['01', '03']) {
      acceptedId(await commune.postJson(`/api/v1/inbox/${item?.['deliveryId']}/statuses`, { statusCode }));
    }

    expect(sha256(Buffer.from(content.text))).to.equal(sha256(bytes));
    const statuses = await eventually(
      () => world.ministryClient.listReceived({ messageType: 'status' }),
      (list) => list.length >= 2,
    );
    expect(statuses.every((status) => status.from === AGENCY.commune.code)).to.equal(true);
    const said = world.nationalAxis.ledger
      .entries()
      .filter((entry) => entry.facts?.['documentId'] === 'bo-gui-1' && entry.kind === 'status');
    expect(said.map((entry) => entry.facts?.['statusCode'])).to.deep.equal(['01', '03']);
  });

  it('keeps an arrival it can not pass on for a person, tells the axis, and takes the others', async () => {
    const poison = letter([AGENCY.commune.code], {
      from: { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name },
      documentId: 'bo-gui-vong',
      traceHeaders: [
        { organId: AGENCY.ministry.code, timestamp: '2026-11-20T08:00:00+07:00' },
        { organId: AGENCY.centre.toLowerCase(), timestamp: '2026-11-20T08:01:00+07:00' },
      ],
    });
    const good = letter([AGENCY.commune.code], {
      from: { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name },
      documentId: 'bo-gui-tot',
      traceHeaders: [{ organId: AGENCY.ministry.code, timestamp: '2026-11-20T08:00:00+07:00' }],
    });
    const faulty = (await wire({ ...good, documentId: 'bo-gui-hong' }))
      .toString()
      .replace(/<([A-Za-z]*:?)Subject>[^<]*</, '<$1Subject><');
    for (const bytes of [await wire(poison, ATTACHED), Buffer.from(faulty), await wire(good, ATTACHED)])
      await world.ministrySends(bytes, 'edoc');

    await eventually(
      async () =>
        (await commune.inbox('?limit=500')).items.some((item) => item['documentId'] === 'bo-gui-tot'),
      (seen) => seen,
    );
    await eventually(waiting, (left) => left === 0);

    const list = await operator.get('/api/v1/packages?kind=unreadable');
    const kept = list.json.items as { code: string; state: string; packageId: string }[];
    expect(kept.map((pkg) => pkg.code).sort()).to.deep.equal(['HUB_LOOP', 'PACKAGE_INVALID']);
    expect(kept.every((pkg) => pkg.state === 'attention')).to.equal(true);
    const inbox = (await commune.inbox('?limit=500')).items.map((item) => item['documentId']);
    expect(inbox).to.not.include.members(['bo-gui-vong', 'bo-gui-hong']);
    const loop = kept.find((pkg) => pkg.code === 'HUB_LOOP');
    const content = await operator.get(`/api/v1/packages/${loop?.packageId}/content`);
    expect(sha256(Buffer.from(content.text))).to.equal(sha256(await wire(poison, ATTACHED)));
  });

  it('holds a status about a document it never sent for a person, who may pass it on', async () => {
    const never = letter([AGENCY.ministry.code], { documentId: 'chua-tung-gui' });
    const status = await wire(statusOn(never, AGENCY.ministry, '03'));
    await world.ministrySends(status, 'status');

    const held = await eventually(
      async () => (await operator.get('/api/v1/packages?kind=status&state=attention')).json.items[0],
      (seen) => seen !== undefined,
    );
    const [parked] = (await operator.package(held.packageId)).deliveries;
    const before = (await district.inbox('?kind=status&limit=500')).items.map((item) => item['packageId']);
    const released = await operator.postJson(`/api/v1/deliveries/${parked?.deliveryId}/retry`, {});

    expect(parked?.reason?.code).to.equal('STATUS_FOR_UNKNOWN_DOCUMENT');
    expect(before).to.not.include(held.packageId);
    expect(released.status).to.equal(202);
    const after = (await district.inbox('?kind=status&limit=500')).items.map((item) => item['packageId']);
    expect(after).to.include(held.packageId);
  });

  it('sends a status after the document it is about, though the axis is slow', async () => {
    world.nationalAxis.behaviour.set({ mode: 'slow', delayMs: 300, count: 2, path: '/sendEdoc' });
    const message = letter([AGENCY.ministry.code]);
    const withdraw = statusOn(message, AGENCY.district, '13', { timestamp: '2026-11-20T10:00:00+07:00' });
    // The sender's own request about its document goes to the recipient of it.
    withdraw.responseFor = { ...withdraw.responseFor, organId: AGENCY.ministry.code };

    acceptedId(await district.postXml(await wire(message, ATTACHED)));
    acceptedId(await district.postXml(await wire(withdraw)));

    const entries = await eventually(
      () =>
        world.nationalAxis.ledger
          .entries()
          .filter(
            (entry) =>
              entry.facts?.['documentId'] === message.documentId && entry.from === AGENCY.district.code,
          ),
      (list) => list.length === 2,
    );
    expect(entries.map((entry) => entry.kind)).to.deep.equal(['edoc', 'status']);
  });

  it('goes on when an attachment can not be read as what it claims to be', async () => {
    const broken = [{ name: 'hong.pdf', bytes: Buffer.from('%PDF-1.7\nkhông còn gì') }];
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]), broken)));

    await delivery(id, (seen) => seen.state === 'available');

    const verified = (await district.events(id)).filter((event) => event.type === 'verified');
    expect(verified).to.have.length(1);
    expect(verified[0]?.data['verdict']).to.not.equal('TOTAL-PASSED');
  });

  /** Items the axis still holds for us. */
  async function waiting(): Promise<number> {
    const ours = createVxpClient({
      baseUrl: world.nationalAxis.baseUrl,
      systemId: AGENCY.centre,
      secret: SECRETS.vxp,
    });
    return (await ours.listReceived({ messageType: 'edoc' })).length;
  }
});

describe('exchange: when an answer is lost', () => {
  /** After it the gateway gives up, and asks a second later; as long again the axis may still be at work on what it was sent. */
  const TIMEOUT_MS = 7_000;
  /** Between the two, far from both: a busy machine asks late. */
  const LATE_MS = 1.6 * TIMEOUT_MS;
  let world: World;
  let district: Api;
  before(async () => {
    const settings = { counterpartyTimeoutSeconds: TIMEOUT_MS / 1000 };
    world = await startWorld({ recipientsAnswer: false, settings });
    district = await world.as(AGENCY.district);
  });
  after(() => world.close());

  for (const mode of ['drop-answer', 'late', 'silent'] as const) {
    for (const [name, axisOf, recipient] of [
      ['national', (seen: World) => seen.nationalAxis, AGENCY.ministry.code],
      ['provincial', (seen: World) => seen.provincialAxis, AGENCY.department.code],
    ] as const) {
      it(`asks the ${name} axis (${mode}) before sending again, so that there is one effect`, async () => {
        const axis = axisOf(world);
        axis.behaviour.set({ mode, count: 1, path: '/sendEdoc', delayMs: LATE_MS });
        const message = letter([recipient]);

        const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
        const seen = await eventually(
          () => district.package(id),
          (pkg) => pkg.deliveries[0]?.state === 'sent',
        );

        const types = (await district.events(id)).map((event) => event.type).slice(-3);
        const ends = mode === 'silent' ? 'sent' : 'sent-reconciled';
        // Asked at once, the axis says no while it still works on it: that is no leave to send again.
        if (mode === 'drop-answer') expect(types.slice(1)).to.deep.equal(['attempt-failed', ends]);
        else expect(types).to.deep.equal(['attempt-failed', 'held', ends]);
        const done = axis.ledger
          .entries()
          .filter((entry) => entry.facts?.['documentId'] === message.documentId);
        expect(done).to.have.length(1);
        expect(seen.deliveries[0]?.remoteId).to.equal(done[0]?.id);
        expect(seen.deliveries[0]?.attempts).to.equal(2);
      });
    }
  }
});
