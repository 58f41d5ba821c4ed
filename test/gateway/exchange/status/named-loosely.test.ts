/** Statuses and requests that name their document as other makers' systems do: by fields left empty, by its number, in other words. */
import { expect } from 'chai';
import type { EdxmlDocument } from '../../../../src/packages/index.ts';
import { type Api, acceptedId, type DeliverySeen } from '../../support/api.ts';
import { type BareGateway, startBareGateway } from '../../support/bare.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, ATTACHED, letter, statusOn, wire } from '../../support/messages.ts';

const UUID = '6f6f0c3e-9f55-4b2a-8c7f-1c2d3e4f5a6b';

type Seen = DeliverySeen & { recall: string | null };

describe('exchange: documents named as other makers name them', () => {
  let bare: BareGateway;
  let district: Api;
  let commune: Api;
  before(async () => {
    bare = await startBareGateway();
    district = await bare.as(AGENCY.district);
    commune = await bare.as(AGENCY.commune);
  });
  after(() => bare.close());

  function delivered(id: string, done: (one: Seen) => boolean): Promise<Seen> {
    return eventually(
      async () => (await district.package(id)).deliveries[0] as Seen,
      (one) => one !== undefined && done(one),
    );
  }

  async function sent(more: Partial<EdxmlDocument> = {}): Promise<{ id: string; document: EdxmlDocument }> {
    const document = letter([AGENCY.commune.code], more);
    const id = acceptedId(await district.postXml(await wire(document, ATTACHED)));
    await delivered(id, (one) => one.state === 'available');
    return { id, document };
  }

  async function change(
    message: Parameters<typeof wire>[0],
    written: RegExp,
    as: string,
    files: Parameters<typeof wire>[1] = [],
  ): Promise<Buffer> {
    const xml = (await wire(message, files)).toString();
    expect(xml).to.match(written);
    return Buffer.from(xml.replace(written, as));
  }

  const ID = /(<edXML:ResponseFor>[\s\S]*?<edXML:DocumentId>)[^<]*/;
  const ways: readonly [string, string | undefined, RegExp, string][] = [
    ['an empty DocumentId', undefined, ID, '$1'],
    ['none, of a document under a UUID', UUID, /\s*<edXML:DocumentId>[^<]*<\/edXML:DocumentId>/, ''],
    ['an identifier of its own', undefined, ID, `$1${UUID.replace('6', '7')}`],
  ];
  for (const [how, documentId, written, as] of ways)
    it(`finds the document of a status with ${how}`, async () => {
      const { id, document } = await sent(documentId === undefined ? {} : { documentId });
      const status = statusOn(document, AGENCY.commune, '03');

      acceptedId(await commune.postXml(await change(status, written, as)));

      expect(await delivered(id, (one) => one.status !== null)).to.include({ status: '03' });
    });

  it('takes no document of the same number and another day, or of another sender, for that of a status', async () => {
    const { id, document } = await sent({ documentId: 'rieng-1' });
    const status = statusOn(document, AGENCY.commune, '03');
    const { responseFor } = status;

    const day = { ...responseFor, documentId: 'khac-1', promulgationDate: '2026-11-19' };
    const sender = { ...responseFor, documentId: 'khac-2', organId: AGENCY.ministry.code };
    for (const other of [day, sender]) {
      const statusId = acceptedId(await commune.postXml(await wire({ ...status, responseFor: other })));
      await eventually(
        () => commune.events(statusId),
        (events) => events.length > 1,
      );
    }

    expect((await district.package(id)).deliveries[0]?.status).to.equal(null);
  });

  it('refuses a status that names its own agency as the sender of the document, but not one on a document of its own', async () => {
    const { document } = await sent();
    const status = statusOn(document, AGENCY.commune, '03');
    const own = letter([AGENCY.commune.code], {
      from: { organId: AGENCY.commune.code, organName: AGENCY.commune.name },
      documentId: 'gui-chinh-minh',
    });
    acceptedId(await commune.postXml(await wire(own, ATTACHED)));

    const toItself = await commune.postXml(
      await wire({ ...status, responseFor: { ...status.responseFor, organId: AGENCY.commune.code } }),
    );
    const onOwn = await commune.postXml(await wire(statusOn(own, AGENCY.commune, '03')));

    expect(toItself.status).to.equal(422);
    expect(toItself.json.errors[0].code).to.equal('M.MessageHeader.ResponseFor.OrganId');
    expect(onOwn.status).to.equal(202);
  });

  it('asks back the document of a recall whose own field for it is empty, or that names its number only', async () => {
    const first = await sent();
    const second = await sent({ documentId: UUID.replace('6f', '8f') });
    const recall = { ...first.document, business: { businessDocType: 1, businessDocReason: 'Sai' } } as const;
    const emptied = await change(recall, /(<edXML:Bussiness>)/, '$1<edXML:DocumentId/>');
    const thirteen = statusOn(second.document, AGENCY.district, '13');
    const { documentId: _, ...numbered } = thirteen.responseFor;

    acceptedId(await district.postXml(emptied));
    acceptedId(await district.postXml(await wire({ ...thirteen, responseFor: numbered })));

    for (const { id } of [first, second])
      expect(await delivered(id, (one) => one.recall !== null)).to.include({ recall: 'requested' });
  });

  it('asks all recipients of a replacement back whose list of agencies is one empty entry', async () => {
    const { id, document } = await sent();
    const replacement = letter([AGENCY.commune.code], {
      business: {
        businessDocType: 3,
        businessDocReason: 'Sai',
        replacementInfoList: [{ documentId: document.documentId, organIdList: [AGENCY.commune.code] }],
      },
    });
    const list = /<edXML:OrganIdList>[\s\S]*?<\/edXML:OrganIdList>/;

    acceptedId(
      await district.postXml(
        await change(replacement, list, '<edXML:OrganIdList><edXML:OrganId/></edXML:OrganIdList>', ATTACHED),
      ),
    );

    expect(await delivered(id, (one) => one.recall !== null)).to.include({ recall: 'requested' });
  });

  it('knows a status again that is written anew, and keeps two of one minute that say different things', async () => {
    const { document } = await sent();
    const status = statusOn(document, AGENCY.commune, '04', { description: 'Giao phòng A' });
    const bytes = await wire(status);
    const other = { ...status, description: 'Giao phòng B' };

    const first = acceptedId(await commune.postXml(bytes));
    const again = acceptedId(await commune.postXml(Buffer.from(bytes.toString().replaceAll('>\n', '>\n '))));
    const second = acceptedId(await commune.postXml(await wire(other)));

    expect(again).to.equal(first);
    expect(second).to.not.equal(first);
  });
});
