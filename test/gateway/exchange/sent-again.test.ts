/** Documents sent once more: written anew, after they were taken back, and over an axis to others than before. */
import { expect } from 'chai';
import { acceptEdxml } from '../../../src/gateway/exchange/index.ts';
import type { EdxmlDocument } from '../../../src/packages/index.ts';
import { type Answer, type Api, acceptedId } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, ATTACHED, letter, once, statusOn, wire } from '../support/messages.ts';
import { startWorld, type World } from '../support/world.ts';

const UUID = '6F6F0C3E-9F55-4B2A-8C7F-1C2D3E4F5A6C';

describe('exchange: documents sent again', () => {
  let world: World;
  let district: Api;
  let commune: Api;
  before(async () => {
    world = await startWorld({ recipientsAnswer: false });
    district = await world.as(AGENCY.district);
    commune = await world.as(AGENCY.commune);
  });
  after(() => world.close());

  const send = async (message: EdxmlDocument, files = ATTACHED): Promise<Answer> =>
    district.postXml(await wire(message, files));

  /** The same document as another run of the sender's program writes it. */
  function anew(message: EdxmlDocument): EdxmlDocument {
    const traceHeaders = [{ organId: AGENCY.district.code, timestamp: '2026-11-21T10:11:12+07:00' }];
    return { ...message, documentId: message.documentId.toLowerCase(), traceHeaders };
  }

  it('are known though they are written anew, and not with another file or to another agency', async () => {
    const message = letter([AGENCY.commune.code, AGENCY.ministry.code], { documentId: UUID });
    const first = acceptedId(await send(message));

    const again = await send(anew(message));
    const fewer = await send({ ...anew(message), to: message.to.slice(1) });
    const file = await send(message, [{ name: 'cong-van.txt', bytes: Buffer.from('nội dung khác') }]);
    const other = await send({ ...message, to: [{ organId: AGENCY.department.code, organName: 'Sở' }] });

    for (const answer of [again, fewer]) {
      expect(answer.json.packageId, answer.text).to.equal(first);
      expect(answer.headers.get('idempotent-replay')).to.equal('true');
    }
    for (const answer of [file, other]) expect(answer.json.code).to.equal('DOCUMENT_CONFLICT');
  });

  it('are refused once all have given them back, as sent or written anew; their recall is known', async () => {
    const message = letter([AGENCY.commune.code]);
    const recall = await wire({ ...message, business: { businessDocType: 1, businessDocReason: 'Sai' } });
    const id = acceptedId(await send(message));
    const asked = acceptedId(await district.postXml(recall));
    await eventually(
      async () => (await district.package(id)).deliveries[0] as { recall?: string } | undefined,
      (one) => one?.recall === 'requested',
    );
    acceptedId(await commune.postXml(await wire(statusOn(message, AGENCY.commune, '15'))));
    await eventually(
      () => district.package(id),
      ({ state }) => state === 'withdrawn',
    );

    for (const answer of [await send(message), await send(anew(message))]) {
      expect(answer.status).to.equal(409);
      expect(answer.json.detail).to.include('đã được thu hồi');
    }
    expect(acceptedId(await district.postXml(recall))).to.equal(asked);
  });

  describe('over an axis', () => {
    const from = { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name };

    async function arrive(message: EdxmlDocument): Promise<{ packageId: string; repeated: boolean }> {
      const submitter = { origin: 'vxp', actor: 'system:vxp', maySendFor: () => true };
      return acceptEdxml(world.gateway.deps.x, once(await wire(message, ATTACHED)), submitter);
    }

    async function copiesOf(api: Api, documentId: string): Promise<Record<string, string>[]> {
      const { items } = await api.inbox('?kind=document&limit=500');
      return items.filter((one) => one['documentId'] === documentId);
    }

    function document(documentId: string, ...to: { code: string; name: string }[]): EdxmlDocument {
      const codes = to.map(({ code }) => code);
      const traceHeaders = [{ organId: from.organId, timestamp: '2026-11-20T08:00:00+07:00' }];
      return letter(codes, { from, documentId, traceHeaders });
    }

    it('reach those who have not got them, each once, and take their answers', async () => {
      const first = document('bo-gui-them', AGENCY.commune);
      const second = { ...first, to: document('', AGENCY.district).to };
      const both = { ...first, to: document('', AGENCY.commune, AGENCY.district).to };

      const taken = await arrive(first);
      const further = await arrive(second);
      const onceMore = await arrive({ ...second, traceHeaders: anew(second).traceHeaders });
      const known = await arrive(first);
      const all = await arrive(both);
      const copies = await eventually(
        () => copiesOf(district, 'bo-gui-them'),
        (list) => list.length > 0,
      );
      acceptedId(
        await district.postJson(`/api/v1/inbox/${copies[0]?.['deliveryId']}/statuses`, { statusCode: '03' }),
      );

      expect(further.packageId).to.not.equal(taken.packageId);
      expect(onceMore).to.include({ packageId: further.packageId, repeated: true });
      expect(known).to.include({ packageId: taken.packageId, repeated: true });
      expect(all).to.include({ repeated: true });
      for (const api of [commune, district]) expect(await copiesOf(api, 'bo-gui-them')).to.have.length(1);
      const said = await eventually(
        async () =>
          world.nationalAxis.ledger
            .entries()
            .filter((entry) => entry.kind === 'status' && entry.from === AGENCY.district.code),
        (list) => list.length > 0,
      );
      expect(said[0]?.facts).to.include({ statusCode: '03', documentId: 'bo-gui-them' });
    });

    it('stay a conflict with other content, whoever they are to', async () => {
      const first = document('bo-gui-khac', AGENCY.commune);
      await arrive(first);

      const cause = await arrive({
        ...first,
        subject: 'Nội dung khác',
        to: document('', AGENCY.district).to,
      }).catch((error: { code: string }) => error.code);

      expect(cause).to.equal('DOCUMENT_CONFLICT');
      expect(await copiesOf(district, 'bo-gui-khac')).to.deep.equal([]);
    });
  });
});
