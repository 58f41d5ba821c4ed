/** Documents sent once more: written anew, and after they were taken back. */
import { expect } from 'chai';
import type { EdxmlDocument } from '../../../../src/packages/index.ts';
import { type Answer, type Api, acceptedId } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, ATTACHED, letter, statusOn, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

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

  it('are known though they are written anew, and not with another file', async () => {
    const toPlaces = ['Như trên', ''];
    const message = letter([AGENCY.commune.code, AGENCY.ministry.code], { documentId: UUID, toPlaces });
    const first = acceptedId(await send(message));

    const again = await send(anew(message));
    const fewer = await send({ ...anew(message), to: message.to.slice(1) });
    const apart = { ...message, subject: ` ${message.subject.normalize('NFD').replaceAll(' ', '\n    ')}\n` };
    const laidOut = await send({ ...apart, toPlaces: ['Như trên', '\n'] });
    const other = await send({ ...message, subject: `${message.subject} khác` });
    const file = await send(message, [{ name: 'cong-van.txt', bytes: Buffer.from('nội dung khác') }]);

    for (const answer of [again, fewer, laidOut]) {
      expect(answer.json.packageId, answer.text).to.equal(first);
      expect(answer.headers.get('idempotent-replay')).to.equal('true');
    }
    for (const { json } of [file, other]) expect(json.code).to.equal('DOCUMENT_CONFLICT');
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
});
