/** The whole exchange with a province whose axis speaks eDoc (Bkav) instead of LGSP. */
import { expect } from 'chai';
import {
  createEdocAxisClient,
  type EdocAxis,
  type EdocAxisClient,
  startEdocAxis,
} from '../../../src/connectors/index.ts';
import { saveAgencies } from '../../../src/gateway/directory/index.ts';
import { parseEdxml } from '../../../src/packages/index.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, once, sha256, statusOn, wire } from '../support/messages.ts';

const TOKEN = 'khoa-edoc-tinh-0123456789';
const FILE = { name: 'cong-van.txt', bytes: Buffer.from('nội dung công văn') };

describe('exchange: a province that speaks eDoc', () => {
  let axis: EdocAxis;
  let bare: BareGateway;
  let district: Api;
  let department: EdocAxisClient;

  before(async () => {
    const local = [AGENCY.district, AGENCY.commune].map(({ code, name }) => ({ code, name }));
    axis = await startEdocAxis({
      systems: [
        { systemId: AGENCY.centre, secret: TOKEN, agencies: local },
        { systemId: '13.99.W00', secret: 'khoa-so-0123456789', agencies: [{ ...AGENCY.department }] },
      ],
    });
    bare = await startBareGateway({
      provincialDriver: 'edoc',
      provincialUrl: axis.baseUrl,
      provincialSystemId: AGENCY.centre,
      provincialSecret: TOKEN,
      centreCode: AGENCY.centre,
      pollSeconds: 1,
      retryRungsSeconds: '1',
    });
    await saveAgencies(
      bare.gateway.deps.x.store,
      [{ ...AGENCY.department, system: 'provincial' }],
      Date.now(),
    );
    district = await bare.as(AGENCY.district);
    department = createEdocAxisClient({
      baseUrl: axis.baseUrl,
      organId: '13.99.W00',
      token: 'khoa-so-0123456789',
    });
  });
  after(async () => {
    await bare?.close();
    await axis?.close();
  });
  afterEach(() => axis.behaviour.set({ mode: 'ok' }));

  function effects(documentId: string): number {
    return axis.ledger
      .entries()
      .filter((entry) => entry.kind === 'edoc' && entry.facts?.['documentId'] === documentId).length;
  }

  /** The department fetches what waits for it and confirms; its package of `documentId`. */
  async function fetched(documentId: string): Promise<Buffer> {
    return eventually(
      async () => {
        for (const pending of await department.pendingDocIds('EDOC')) {
          const chunks: Uint8Array[] = [];
          for await (const chunk of await department.getDocument(pending.docId, 'EDOC'))
            chunks.push(chunk as Uint8Array);
          const bytes = Buffer.concat(chunks);
          const { message } = await parseEdxml(once(bytes));
          await department.confirmReceived(pending, 'EDOC');
          if (message.kind === 'document' && message.documentId === documentId) return bytes;
        }
        return Buffer.alloc(0);
      },
      (bytes) => bytes.length > 0,
    );
  }

  async function sendBack(bytes: Buffer, messageType: 'EDOC' | 'STATUS'): Promise<void> {
    const body = { body: () => once(bytes), sizeBytes: bytes.length, sha256: sha256(bytes), messageType };
    await department.sendDocument(body);
  }

  it('sends a document, and the status the department answers closes it', async () => {
    const message = letter([AGENCY.department.code]);
    const id = acceptedId(await district.postXml(await wire(message, [FILE])));

    const { message: got } = await parseEdxml(once(await fetched(message.documentId)));
    await sendBack(await wire(statusOn(message, AGENCY.department, '03')), 'STATUS');
    const seen = await eventually(
      () => district.package(id),
      ({ deliveries }) => deliveries[0]?.status === '03',
    );

    const [file] = got.kind === 'document' ? got.attachments : [];
    expect(file?.sha256).to.equal(sha256(FILE.bytes));
    expect(seen.state).to.equal('delivered');
    expect((await district.events(id)).map(({ type }) => type)).to.include.members([
      'sent',
      'status-received',
    ]);
    expect(effects(message.documentId)).to.equal(1);
  });

  it('takes a document of the department into the inbox once, and tells the axis so', async () => {
    const message = letter([AGENCY.district.code], {
      from: { organId: AGENCY.department.code, organName: AGENCY.department.name },
      documentId: `${AGENCY.department.code},2026/11/20,7/SNV`,
      code: { codeNumber: '7', codeNotation: 'SNV' },
    });
    await sendBack(await wire(message, [FILE]), 'EDOC');

    const items = await eventually(
      async () => (await district.inbox()).items.filter((item) => item['documentId'] === message.documentId),
      (found) => found.length > 0,
    );

    expect(items).to.have.length(1);
    const centre = createEdocAxisClient({ baseUrl: axis.baseUrl, organId: AGENCY.centre, token: TOKEN });
    await eventually(
      () => centre.pendingDocIds('EDOC'),
      (pending) => pending.length === 0,
    );
  });

  it('sends nothing twice when the answer is lost after the effect: "ExistDoc" says that it is there', async () => {
    axis.behaviour.set({ mode: 'drop-answer', count: 1, path: '/sendDocument' });
    const message = letter([AGENCY.department.code]);
    const id = acceptedId(await district.postXml(await wire(message, [FILE])));

    const seen = await eventually(
      () => district.package(id),
      ({ deliveries }) => deliveries[0]?.state === 'sent',
    );

    expect(seen.deliveries[0]?.attempts).to.equal(2);
    expect(effects(message.documentId)).to.equal(1);
    expect((await district.events(id)).map(({ data }) => data['reconciledFrom'])).to.include('ExistDoc');
  });
});
