import { expect } from 'chai';
import { acceptEdxml } from '../../../../src/gateway/exchange/index.ts';
import { applyRequest } from '../../../../src/gateway/exchange/recall/request.ts';
import { findPackage } from '../../../../src/gateway/store/index.ts';
import type { EdxmlDocument } from '../../../../src/packages/index.ts';
import { type Api, acceptedId, type DeliverySeen } from '../../support/api.ts';
import { seenBy } from '../../support/asked-back.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, ATTACHED, letter, once, statusOn, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

const FROM_MINISTRY = {
  from: { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name },
  traceHeaders: [{ organId: AGENCY.ministry.code, timestamp: '2026-11-20T08:00:00+07:00' }],
};

describe('exchange: taking a document back', () => {
  let world: World;
  let district: Api;
  let commune: Api;
  before(async () => {
    world = await startWorld({ recipientsAnswer: false });
    district = await world.as(AGENCY.district);
    commune = await world.as(AGENCY.commune);
  });
  after(() => world.close());
  afterEach(() => world.nationalAxis.behaviour.set({ mode: 'ok' }));

  const { delivery, inboxItem, say } = seenBy(
    () => district,
    () => commune,
  );

  it('freezes what has arrived, waits for 15, and then withdraws it from the recipient', async () => {
    const message = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    const item = await inboxItem(message.documentId);
    acceptedId(await say(item, '03'));
    await delivery(id, AGENCY.commune.code, (one) => one.status === '03');

    const asked = acceptedId(
      await district.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' }),
    );
    await delivery(id, AGENCY.commune.code, (one) => (one as { recall?: string }).recall === 'requested');
    const working = await say(item, '05');
    const readable = await commune.get(`/api/v1/packages/${id}/content`);
    acceptedId(await say(item, '15'));
    const done = await delivery(id, AGENCY.commune.code, (one) => one.state === 'withdrawn');
    const gone = await commune.get(`/api/v1/packages/${id}/content`);
    const late = await say(item, '05');

    expect(working.status).to.equal(409);
    expect(working.json.detail).to.match(/15 .*16/);
    expect(readable.status).to.equal(200);
    expect(done).to.include({ recall: 'agreed', status: '15' });
    expect(gone.status).to.equal(410);
    expect(gone.json.code).to.equal('DOCUMENT_WITHDRAWN');
    expect(late.status).to.equal(409);
    expect((await district.package(id)).state).to.equal('withdrawn');
    expect((await district.get(`/api/v1/packages/${id}/content`)).status).to.equal(200);
    const types = (await district.events(id)).map((event) => event.type);
    expect(types).to.include.members(['recall-requested', 'recall-agreed', 'withdrawn']);
    // The recipient was told: the request lies in its inbox, with the reason.
    const told = (await commune.inbox('?limit=500')).items.find((one) => one['packageId'] === asked);
    expect(told).to.include({ documentId: message.documentId, correlates: id });
  });

  it('lets a recipient keep a document with 16, and go on with it', async () => {
    const message = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    const item = await inboxItem(message.documentId);
    acceptedId(await district.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Sai số' }));
    await delivery(id, AGENCY.commune.code, (one) => (one as { recall?: string }).recall === 'requested');

    acceptedId(await say(item, '16'));
    const refused = await delivery(id, AGENCY.commune.code, (one) => one.status === '16');
    acceptedId(await say(item, '05'));
    const working = await delivery(id, AGENCY.commune.code, (one) => one.status === '05');

    expect(refused).to.include({ recall: 'refused', state: 'available' });
    expect(working.state).to.equal('available');
    expect((await commune.get(`/api/v1/packages/${id}/content`)).status).to.equal(200);
  });

  it('withdraws at once what has not left, and bothers no one with a request', async () => {
    world.nationalAxis.behaviour.set({ mode: 'error500' });
    const message = letter([AGENCY.ministry.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    await delivery(id, AGENCY.ministry.code, (one) => one.state === 'retrying' || one.state === 'parked');

    const asked = acceptedId(
      await district.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' }),
    );
    const done = await delivery(id, AGENCY.ministry.code, (one) => one.state === 'withdrawn');
    const request = await eventually(
      () => district.package(asked),
      (pkg) => pkg.deliveries[0]?.state === 'withdrawn',
    );
    world.nationalAxis.behaviour.set({ mode: 'ok' });
    const next = letter([AGENCY.ministry.code]);
    const nextId = acceptedId(await district.postXml(await wire(next, ATTACHED)));
    await delivery(nextId, AGENCY.ministry.code, (one) => one.state === 'sent');

    expect(done.recall).to.equal('agreed');
    expect(request.state).to.equal('withdrawn');
    const sent = world.nationalAxis.ledger
      .entries()
      .filter((entry) => entry.facts?.['documentId'] === message.documentId);
    expect(sent).to.have.length(0);
  });

  it('leaves alone what follows under the same number, and still asks who has an earlier one', async () => {
    const { x } = world.gateway.deps;
    const to = [AGENCY.ministry.code];
    const first = letter(to);
    const under = (businessDocType: 1 | 2 | 3) =>
      letter(to, {
        documentId: first.documentId,
        business: {
          businessDocType,
          businessDocReason: 'Sai thể thức',
          ...(businessDocType === 3
            ? { replacementInfoList: [{ documentId: `${first.documentId}-cu`, organIdList: [] }] }
            : {}),
        },
      } satisfies Partial<EdxmlDocument>);
    const send = async (message: EdxmlDocument) =>
      acceptedId(await district.postXml(await wire(message, ATTACHED)));
    const firstId = await send(first);
    await delivery(firstId, AGENCY.ministry.code, (one) => ['sent', 'delivered'].includes(one.state));
    world.nationalAxis.behaviour.set({ mode: 'error500' });
    const updateId = await send(under(2));
    await delivery(updateId, AGENCY.ministry.code, (one) => ['retrying', 'parked'].includes(one.state));

    const recallId = await send(under(1));
    await delivery(updateId, AGENCY.ministry.code, (one) => one.state === 'withdrawn');
    const reissueId = await send(under(3));
    // As if the recall were routed only now: the queue may be that long.
    await x.store.write(async (tx) => {
      const request = await findPackage(tx, recallId);
      if (request !== undefined) await applyRequest(x, tx, request, Date.now());
    });

    const states = new Map<string, string | undefined>();
    for (const id of [firstId, updateId, recallId, reissueId])
      states.set(id, (await district.package(id)).deliveries[0]?.state);
    expect(states.get(updateId)).to.equal('withdrawn');
    for (const id of [firstId, recallId, reissueId]) expect(states.get(id), id).to.not.equal('withdrawn');
  });

  it('forwards a request over an axis after the document, and takes the answer from there', async () => {
    const message = letter([AGENCY.ministry.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    await delivery(id, AGENCY.ministry.code, (one) => one.state === 'sent');
    acceptedId(await district.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' }));
    const entries = await eventually(
      () =>
        world.nationalAxis.ledger
          .entries()
          .filter((entry) => entry.kind === 'edoc' && entry.facts?.['documentId'] === message.documentId),
      (list) => list.length === 2,
    );
    const answer = await wire(statusOn(message, AGENCY.ministry, '15'));

    await world.ministrySends(answer, 'status');
    const done = await delivery(id, AGENCY.ministry.code, (one) => one.state === 'withdrawn');

    expect(entries).to.have.length(2);
    expect(done).to.include({ recall: 'agreed', status: '15' });
  });

  it('carries out a status 13 that comes over an axis, and sends the answer back over it', async () => {
    const message = letter([AGENCY.commune.code], { ...FROM_MINISTRY, documentId: 'bo-gui-roi-xin-lai' });
    await world.ministrySends(await wire(message, ATTACHED), 'edoc');
    const item = await inboxItem('bo-gui-roi-xin-lai');
    const thirteen = statusOn(message, AGENCY.ministry, '13');
    // As in the axis' own sample: the agency asked stands in ResponseFor.
    thirteen.responseFor = { ...thirteen.responseFor, organId: AGENCY.commune.code };

    await world.ministrySends(await wire(thirteen), 'status');
    await eventually(
      async () => (await inboxItem('bo-gui-roi-xin-lai'))['recall'],
      (recall) => recall === 'requested',
    );
    acceptedId(await say(item, '15'));

    const statuses = await eventually(
      () =>
        world.nationalAxis.ledger
          .entries()
          .filter((entry) => entry.kind === 'status' && entry.from === AGENCY.commune.code),
      (list) => list.length === 1,
    );
    expect(statuses[0]?.facts).to.include({ statusCode: '15', documentId: 'bo-gui-roi-xin-lai' });
    expect((await inboxItem('bo-gui-roi-xin-lai'))['state']).to.equal('withdrawn');
    expect((await commune.get(`/api/v1/packages/${item['packageId']}/content`)).status).to.equal(410);
  });

  it('freezes a document that arrives after the request to take it back', async () => {
    const documentId = 'bo-thu-hoi-truoc-khi-gui';
    const document = letter([AGENCY.commune.code], { ...FROM_MINISTRY, documentId });
    const recall = letter([AGENCY.commune.code], {
      ...FROM_MINISTRY,
      documentId,
      business: { businessDocType: 1, businessDocReason: 'Gửi nhầm', documentId },
    });
    const arrivedAs = async (recalled: boolean) =>
      eventually(
        async () =>
          (await commune.inbox('?kind=document&limit=500')).items.find(
            (one) => one['documentId'] === documentId && (one['recall'] === 'requested') === recalled,
          ),
        (one) => one !== undefined,
      );

    await world.ministrySends(await wire(recall), 'edoc');
    const request = await arrivedAs(false);
    await world.ministrySends(await wire(document, ATTACHED), 'edoc');
    const frozen = await arrivedAs(true);
    acceptedId(await say(frozen as Record<string, string>, '15'));

    expect(frozen?.['packageId']).to.not.equal(request?.['packageId']);
    await eventually(
      async () =>
        (await commune.inbox('?kind=document&limit=500')).items.find(
          (one) => one['packageId'] === frozen?.['packageId'],
        )?.['state'],
      (state) => state === 'withdrawn',
    );
  });

  it('withdraws the replaced document once the replacement is agreed to, and leaves an updated one', async () => {
    const [old, other] = [letter([AGENCY.commune.code]), letter([AGENCY.commune.code])];
    const oldId = acceptedId(await district.postXml(await wire(old, ATTACHED)));
    const otherId = acceptedId(await district.postXml(await wire(other, ATTACHED)));
    await inboxItem(old.documentId);
    await inboxItem(other.documentId);
    const replacement = letter([AGENCY.commune.code], {
      business: {
        businessDocType: 3,
        businessDocReason: 'Thay thế văn bản có sai sót',
        replacementInfoList: [{ documentId: old.documentId, organIdList: [AGENCY.commune.code] }],
      },
    } satisfies Partial<EdxmlDocument>);
    const update = letter([AGENCY.commune.code], {
      business: {
        businessDocType: 2,
        businessDocReason: 'Cập nhật thông tin văn bản',
        documentId: other.documentId,
        businessDocumentInfo: { documentInfo: 1, documentReceiver: 0 },
      },
    });

    acceptedId(await district.postXml(await wire(replacement, ATTACHED)));
    acceptedId(await district.postXml(await wire(update, ATTACHED)));
    await delivery(oldId, AGENCY.commune.code, (one) => (one as { recall?: string }).recall === 'requested');
    await delivery(
      otherId,
      AGENCY.commune.code,
      (one) => (one as { recall?: string }).recall === 'requested',
    );
    // The answer may be given on the new document: the recipient has that one in hand.
    for (const made of [replacement, update]) acceptedId(await say(await inboxItem(made.documentId), '15'));

    const replaced = await delivery(oldId, AGENCY.commune.code, (one) => one.state === 'withdrawn');
    const updated = await delivery(otherId, AGENCY.commune.code, (one) => one.status === '15');
    expect(replaced.recall).to.equal('agreed');
    expect(updated).to.include({ recall: 'agreed', state: 'available' });
  });

  it('does not let an axis take back what one of our own agencies sent', async () => {
    const message = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    await inboxItem(message.documentId);
    const recall = { businessDocType: 1 as const, businessDocReason: 'Giả mạo' };
    const forged = await wire({ ...message, business: recall, attachments: [] });

    const taken = await acceptEdxml(world.gateway.deps.x, once(forged), {
      origin: 'vxp',
      actor: 'system:vxp',
      maySendFor: () => true,
    });
    await eventually(
      () => district.package(taken.packageId),
      (pkg) => pkg.state !== 'accepted',
    );

    const [kept] = (await district.package(id)).deliveries as (DeliverySeen & { recall: string | null })[];
    expect(kept).to.include({ recall: null, state: 'available' });
  });

  it('lets only the sender ask, and only for what can be taken back', async () => {
    const message = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    await inboxItem(message.documentId);

    const stranger = await commune.postJson(`/api/v1/packages/${id}/recall`, { reason: 'x' });
    const nameless = await district.postJson(`/api/v1/packages/${id}/recall`, { reason: ' ' });
    const first = await district.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' });
    const second = await district.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' });
    const ofRecall = await district.postJson(`/api/v1/packages/${acceptedId(first)}/recall`, { reason: 'x' });

    expect(stranger.status).to.equal(403);
    expect(nameless.status).to.equal(400);
    expect(acceptedId(second)).to.equal(acceptedId(first));
    expect(ofRecall.status).to.equal(409);
    expect(ofRecall.json.code).to.equal('RECALL_NOT_POSSIBLE');
  });
});
