/** A document is asked back while an answer to its update is awaited. */
import { expect } from 'chai';
import { type Api, acceptedId } from '../../support/api.ts';
import { seenBy } from '../../support/asked-back.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, ATTACHED, letter, statusOn, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('exchange: several requests about one document', () => {
  let world: World;
  let district: Api;
  let commune: Api;
  before(async () => {
    world = await startWorld({ recipientsAnswer: false });
    [district, commune] = await Promise.all([world.as(AGENCY.district), world.as(AGENCY.commune)]);
  });
  after(() => world.close());

  const { delivery, inboxItem, say } = seenBy(
    () => district,
    () => commune,
  );

  it('may be asked while an update is awaited: the first answer is to the update, the second to the recall', async () => {
    const document = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(document, ATTACHED)));
    const item = await inboxItem(document.documentId);
    const update = letter([AGENCY.commune.code], {
      business: {
        businessDocType: 2,
        businessDocReason: 'Cập nhật thông tin văn bản',
        documentId: document.documentId,
        businessDocumentInfo: { documentInfo: 1, documentReceiver: 0 },
      },
    });
    const updateId = acceptedId(await district.postXml(await wire(update, ATTACHED)));
    await delivery(id, AGENCY.commune.code, ({ recall }) => recall === 'requested');
    await inboxItem(update.documentId);
    const recallId = acceptedId(
      await district.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' }),
    );
    await eventually(
      () => commune.inbox('?limit=500'),
      ({ items }) => items.some((one) => one['packageId'] === recallId),
    );

    acceptedId(await say(item, '15'));
    const between = await delivery(id, AGENCY.commune.code, (one) => one.status === '15');
    acceptedId(await say(item, '16'));
    const after = await delivery(id, AGENCY.commune.code, (one) => one.status === '16');

    expect(between).to.include({ state: 'available', recall: 'requested' });
    expect(after).to.include({ state: 'available', recall: 'refused' });
    const told = (await district.events(id)).filter(({ type }) => type.startsWith('recall-'));
    expect(told.map(({ type, data }) => [type, data['requestPackageId']])).to.deep.equal([
      ['recall-requested', updateId],
      ['recall-requested', recallId],
      ['recall-agreed', updateId],
      ['recall-refused', recallId],
    ]);
  });

  it('does not wait behind an update that never left', async () => {
    const document = letter([AGENCY.ministry.code]);
    const id = acceptedId(await district.postXml(await wire(document, ATTACHED)));
    await delivery(id, AGENCY.ministry.code, (one) => one.state === 'sent');
    world.nationalAxis.behaviour.set({ mode: 'error500' });
    const update = letter([AGENCY.ministry.code], {
      documentId: document.documentId,
      business: { businessDocType: 2, businessDocReason: 'Sửa', documentId: document.documentId },
    });
    const updateId = acceptedId(await district.postXml(await wire(update, ATTACHED)));
    await delivery(updateId, AGENCY.ministry.code, (one) => ['retrying', 'parked'].includes(one.state));

    acceptedId(await district.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' }));
    await delivery(updateId, AGENCY.ministry.code, (one) => one.state === 'withdrawn');
    world.nationalAxis.behaviour.set({ mode: 'ok' });
    const answer = await wire(statusOn(document, AGENCY.ministry, '15'));
    await world.ministrySends(answer, 'status');

    const taken = await delivery(id, AGENCY.ministry.code, (one) => one.state === 'withdrawn');
    expect(taken.recall).to.equal('agreed');
  });

  for (const [axis, recipient] of [
    ['national', AGENCY.ministry.code],
    ['provincial', AGENCY.department.code],
  ] as const)
    it(`sends a recall whose first try broke off, although the ${axis} axis lists the document under the same identifier`, async () => {
      const { behaviour, ledger } = axis === 'national' ? world.nationalAxis : world.provincialAxis;
      const document = letter([recipient]);
      const id = acceptedId(await district.postXml(await wire(document, ATTACHED)));
      await delivery(id, recipient, (one) => one.state === 'sent');
      behaviour.set({ mode: 'error500', count: 1, path: 'sendEdoc' });

      const recallId = acceptedId(
        await district.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' }),
      );
      const sent = await delivery(recallId, recipient, (one) => one.state === 'sent');

      const types = ledger
        .entries()
        .filter((entry) => entry.facts?.['documentId'] === document.documentId)
        .map((entry) => entry.facts?.['businessDocType'] ?? entry.kind);
      expect(types, 'both arrived').to.have.length(2);
      expect(sent.remoteId).to.not.equal((await district.package(id)).deliveries[0]?.remoteId);
    });
});
