/** Document systems that the national axis has always taken, faults and all. */
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { createVxpClient, type VxpClient } from '../../../src/connectors/index.ts';
import { addVxpSystem } from '../../../src/gateway/access/index.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, sha256, wire } from '../support/messages.ts';

const SECRET = 'khoa-he-thong-van-ban-0123456789';

describe('http: LIENTHONG_VXP_CHECK=lenient', () => {
  let bare: BareGateway;
  let client: VxpClient;
  before(async () => {
    bare = await startBareGateway({ vxpCheck: 'lenient' });
    const { x, sealer } = bare.gateway.deps;
    const system = { id: 'qlvb', secret: SECRET, agencies: [AGENCY.commune.code] };
    await addVxpSystem(x.store, sealer, system, Date.now());
    const baseUrl = `${bare.gateway.url}/XrdAdapter/adapter`;
    client = createVxpClient({ baseUrl, systemId: 'qlvb', secret: SECRET });
  });
  after(() => bare.close());

  async function send(change: (xml: string) => string): Promise<string> {
    const from = { organId: AGENCY.commune.code, organName: AGENCY.commune.name };
    const xml = (await wire(letter([AGENCY.district.code], { from }))).toString();
    const bytes = Buffer.from(change(xml));
    const sent = await client.sendEdoc({
      body: () => Readable.from([bytes]),
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      from: AGENCY.commune.code,
      messageType: 'edoc',
    });
    return sent.docId;
  }

  it('delivers what can be delivered, and tells its faults on the timeline', async () => {
    const district = await bare.as(AGENCY.district);

    const id = await send((xml) => xml.replace(/(<edXML:CodeNumber>)\d+/, '$120261016112435'));
    await eventually(
      () => district.inbox('?limit=50'),
      ({ items }) => items.some((item) => item['packageId'] === id),
    );

    const events = await (await bare.as(AGENCY.commune)).events(id);
    const checked = events.find(({ type }) => type === 'checked');
    expect(JSON.stringify(checked)).to.include('R.MessageHeader.Code.CodeNumber');
  });

  it('still refuses what leaves no way to deliver it, and a sender that is not its own', async () => {
    const nameless = await send((xml) => xml.replace(/<edXML:To>[\s\S]*<\/edXML:To>/, '')).catch(String);
    const stranger = await send((xml) => xml.replace(AGENCY.commune.code, AGENCY.ministry.code)).catch(
      String,
    );

    expect(nameless).to.include('N.MessageHeader.To');
    expect(stranger).to.include(AGENCY.ministry.code);
  });
});
