/** The same bytes get the same answer on every way in: HTTP, the axis' protocol, the command line. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConnectorError, createVxpClient, type VxpClient } from '../../../src/connectors/index.ts';
import { addVxpSystem } from '../../../src/gateway/access/index.ts';
import type { Api } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { type CliHost, startCliHost } from '../support/cli.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY, letter, once, sha256, wire } from '../support/messages.ts';

const SECRET = 'khoa-he-thong-van-ban-0123456789';

/** What is done to a good package. */
const BROKEN: Readonly<Record<string, (xml: string) => string | Buffer>> = {
  'cut short': (xml) => xml.slice(0, xml.length / 2),
  'no XML': () => 'không phải XML',
  'another document': () => '<?xml version="1.0"?><a/>',
  'a DTD': (xml) => xml.replace('?>', '?><!DOCTYPE a [<!ENTITY b "c">]>'),
  'base64 that is none': (xml) => xml.replace('</edXML:ContentTransferEncoded>', '*$&'),
  'bytes that are no UTF-8': (xml) => Buffer.from(xml, 'latin1'),
  'two subjects': (xml) => xml.replace('<edXML:Subject>', '<edXML:Subject>a</edXML:Subject><edXML:Subject>'),
  'no subject': (xml) => xml.replace(/<edXML:Subject>.*?<\/edXML:Subject>/, ''),
  'two bodies': (xml) => xml.replace(/<edXML:edXMLBody>[\s\S]*<\/edXML:edXMLBody>/, '$&$&'),
  'a kind of request that is no number': (xml) =>
    xml.replace(/<edXML:BussinessDocType>\d/, '<edXML:BussinessDocType>gấp'),
  'a file in a foreign namespace': (xml) => xml.replace('<Attachment>', '<Attachment xmlns="urn:khac">'),
  'a manifest whose file is missing': (xml) =>
    xml.replace(/<AttachmentEncoded>[\s\S]*<\/AttachmentEncoded>/, ''),
};

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

const placed = ({ code, line, column }: Fault) => ({ code, line, column });

describe('http: one answer for the same bytes', () => {
  let bare: BareGateway;
  let commune: Api;
  let client: VxpClient;
  let cli: CliHost;
  let good = '';
  let folder = '';
  before(async () => {
    bare = await startBareGateway();
    commune = await bare.as(AGENCY.commune);
    const { x, sealer } = bare.gateway.deps;
    const system = { id: 'qlvb-phuong', secret: SECRET, agencies: [AGENCY.commune.code] };
    await addVxpSystem(x.store, sealer, system, Date.now());
    const baseUrl = `${bare.gateway.url}/XrdAdapter/adapter`;
    client = createVxpClient({ baseUrl, systemId: 'qlvb-phuong', secret: SECRET });
    folder = temporaryFolder();
    cli = startCliHost();
    const from = { organId: AGENCY.commune.code, organName: AGENCY.commune.name };
    const bytes = await wire(letter([AGENCY.district.code], { from }), [
      { name: 'a.txt', bytes: Buffer.from('a') },
    ]);
    good = bytes.toString('utf8');
  });
  after(async () => {
    cli.close();
    await bare.close();
  });

  async function overVxp(bytes: Buffer): Promise<ConnectorError> {
    const call = client.sendEdoc({
      body: () => once(bytes),
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      from: AGENCY.commune.code,
      messageType: 'edoc',
    });
    const error = await call.then(
      () => expect.fail('taken over VXP'),
      (cause: unknown) => cause,
    );
    expect(error).to.be.instanceOf(ConnectorError);
    return error as ConnectorError;
  }

  async function onCommandLine(bytes: Buffer) {
    const path = join(folder, `${sha256(bytes)}.edxml`);
    await writeFile(path, bytes);
    return cli.run(['edxml', 'check', path, '--json']);
  }

  for (const [what, breakIt] of Object.entries(BROKEN))
    it(`refuses ${what}`, async () => {
      const broken = breakIt(good);
      expect(broken, 'nothing was broken').to.not.equal(good);
      const bytes = Buffer.from(broken);

      const http = await commune.postXml(bytes);
      const vxp = await overVxp(bytes);
      const checked = await onCommandLine(bytes);

      const { errors } = checked.json() as { errors: Fault[] };
      expect([http.status, checked.code]).to.deep.equal([422, 1]);
      expect(errors).to.not.be.empty;
      expect(http.json.errors.map(placed)).to.deep.equal(errors.map(placed));
      expect(vxp.code).to.equal('CONNECTOR_INVALID_DOCUMENT');
      for (const { code, message, line, column } of http.json.errors as Fault[]) {
        expect(line).to.be.a('number');
        expect(vxp.message).to.include(`${code}: ${message}`).and.include(`(dòng ${line}, cột ${column}`);
      }
    });
});
