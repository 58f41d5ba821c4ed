import { expect } from 'chai';
import { unzipSync } from 'fflate';
import { buildEdxml, type EdxmlDocument } from '../../../src/packages/index.ts';
import { collect, failureOf } from '../support/bytes.ts';
import { describe as describeFile, sourceOf } from '../support/package.ts';
import { sampleDocument, sampleStatus } from '../support/samples.ts';
import { xsdFaults } from '../support/xsd.ts';

const FILE = Buffer.from('nội dung văn bản', 'utf8');
const WITH_FILE: EdxmlDocument = {
  ...sampleDocument(),
  attachments: [describeFile('f1', 'Công văn.pdf', FILE)],
};

/** Names of the elements in the order they start. */
function names(xml: string, within: string): string[] {
  const block = new RegExp(`<edXML:${within}>([\\s\\S]*?)</edXML:${within}>`).exec(xml)?.[1] ?? '';
  const depth = /^\s*/.exec(block.replace(/^\r\n/, ''))?.[0].length ?? 0;
  return [...block.matchAll(new RegExp(`^ {${depth}}<edXML:(\\w+)`, 'gm'))].map((match) => match[1] ?? '');
}

async function text(message: EdxmlDocument = WITH_FILE, order: 'vxp' | 'qcvn' = 'vxp'): Promise<string> {
  const sources = message.attachments.map(({ contentId }) => sourceOf(contentId, FILE));
  return (await collect(buildEdxml(message, sources, { order }))).toString('utf8');
}

describe('building edXML', () => {
  it("writes the axis library's element order", async () => {
    const xml = await text();

    const expected =
      'From To To DocumentId Code PromulgationInfo DocumentType Subject Content SignerInfo DueDate OtherInfo ResponseFor SteeringType ResponseForTask ApplicationType ToPlaces';
    expect(names(xml, 'MessageHeader').join(' ')).to.equal(expected);
    expect(names(xml, 'Bussiness').join(' ')).to.equal('BussinessDocType BussinessDocReason Paper StaffInfo');
    expect(names(xml, 'StaffInfo').join(' ')).to.equal('Department Staff Email Mobile');
  });

  it("writes the standard's order when asked", async () => {
    const xml = await text(WITH_FILE, 'qcvn');

    const expected =
      'From To To Code PromulgationInfo DocumentType Subject Content SignerInfo DueDate ToPlaces OtherInfo ResponseFor SteeringType DocumentId ResponseForTask ApplicationType';
    expect(names(xml, 'MessageHeader').join(' ')).to.equal(expected);
    expect(names(xml, 'Bussiness').join(' ')).to.equal('BussinessDocType BussinessDocReason StaffInfo Paper');
    expect(names(xml, 'StaffInfo').join(' ')).to.equal('Department Staff Mobile Email');
  });

  it('writes prefixes, dates, line ends and references as the axis library does', async () => {
    const xml = await text();

    expect(xml).to.match(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\r\n<edXML xmlns="http:\/\/www\.mic\.gov\.vn\/TBT\/QCVN_102_2016">\r\n {2}<edXML:edXMLEnvelope xmlns:edXML="http:\/\/www\.mic\.gov\.vn\/TBT\/QCVN_102_2016">/,
    );
    expect(xml).to.contain('<edXML:PromulgationDate>2026/10/30</edXML:PromulgationDate>');
    expect(xml).to.contain('<edXML:Timestamp>2026/10/30 08:15:00</edXML:Timestamp>');
    expect(xml).to.contain('<edXML:edXMLManifest version="1.0">');
    expect(xml).to.contain('<edXML:ContentId>cid:f1</edXML:ContentId>');
    expect(xml).to.contain('<ContentId>cid:f1</ContentId>');
    expect(xml).to.match(
      /<edXML:ContentTransferEncoded xmlns:edXML="[^"]+">UEsDB[A-Za-z0-9+/]+=*<\/edXML:ContentTransferEncoded>/,
    );
    expect(xml.replaceAll('\r\n', '')).not.to.match(/[\r\n]/);
  });

  it('passes the schema for every kind of message', async () => {
    const update: EdxmlDocument = {
      ...WITH_FILE,
      business: {
        documentId: 'H53,2026/10/01,1/UBND',
        businessDocType: 2,
        businessDocReason: 'Cập nhật',
        businessDocumentInfo: {
          documentInfo: 1,
          documentReceiver: 1,
          receiverList: [{ organId: 'H56.14', receiverType: 1 }],
        },
      },
    };
    const replacement: EdxmlDocument = {
      ...WITH_FILE,
      business: {
        businessDocType: 3,
        businessDocReason: 'Thay thế',
        replacementInfoList: [{ documentId: 'H53,2026/10/01,1/UBND', organIdList: ['H56.14'] }],
      },
    };

    for (const message of [WITH_FILE, sampleDocument(), update, replacement]) {
      expect(xsdFaults('edxml-qcvn102.xsd', Buffer.from(await text(message)))).to.deep.equal([]);
    }
    expect(xsdFaults('edxml-qcvn102.xsd', await collect(buildEdxml(sampleStatus())))).to.deep.equal([]);
    expect(xsdFaults('edxml-qcvn102.xsd', Buffer.from(await text(WITH_FILE, 'qcvn')))).not.to.deep.equal([]);
  });

  it('zips files so that another library unzips them', async () => {
    const base64 = /ContentTransferEncoded[^>]*>([^<]+)</.exec(await text())?.[1] ?? '';

    const entries = Object.entries(unzipSync(Buffer.from(base64, 'base64')));

    expect(entries).to.have.length(1);
    expect(entries[0]?.[0]).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.pdf$/);
    expect(Buffer.from(entries[0]?.[1] ?? [])).to.deep.equal(FILE);
  });

  it('calls a zipped file application/zip, since the axis library unzips nothing else, and names the real type apart', async () => {
    const xml = await text();
    const raw = await text({ ...WITH_FILE, attachments: [describeFile('f1', 'Công văn.pdf', FILE, false)] });

    expect(xml.match(/ContentType>application\/zip</g)).to.have.length(2);
    expect(xml).to.contain('<MimeType>application/pdf</MimeType>');
    expect(raw.match(/ContentType>application\/pdf</g)).to.have.length(2);
    expect(raw).not.to.contain('MimeType');
  });

  it('refuses bytes that are not what the message says', async () => {
    const other = [sourceOf('f1', Buffer.from('khác'))];

    await failureOf(() => collect(buildEdxml(WITH_FILE, other)), 'EDXML_ATTACHMENT_MISMATCH');
    await collect(
      buildEdxml(
        { ...WITH_FILE, attachments: [{ ...describeFile('f1', 'a.pdf', FILE), sha256: '' }] },
        other,
      ),
    );
  });

  it('refuses a missing file, one too many, and an identifier used twice', async () => {
    const source = sourceOf('f1', FILE);

    await failureOf(() => collect(buildEdxml(WITH_FILE)), 'EDXML_ATTACHMENT_MISSING');
    await failureOf(
      () => collect(buildEdxml(WITH_FILE, [source, sourceOf('f2', FILE)])),
      'EDXML_ATTACHMENT_MISMATCH',
    );
    await failureOf(() => collect(buildEdxml(sampleStatus(), [source])), 'EDXML_ATTACHMENT_MISMATCH');
    const twice = { ...WITH_FILE, attachments: [...WITH_FILE.attachments, ...WITH_FILE.attachments] };
    await failureOf(() => collect(buildEdxml(twice, [source])), 'EDXML_BAD_FIELD');
  });

  it('refuses characters XML forbids, naming the field', async () => {
    for (const bad of ['\u0000', '\u000b', '\ud800', '\ufffe']) {
      const error = await failureOf(
        () => collect(buildEdxml({ ...sampleDocument(), subject: bad })),
        'EDXML_BAD_CHARACTER',
      );
      expect(error.details.path).to.equal('MessageHeader.Subject');
    }
  });

  it('refuses values of the wrong type, naming the field', async () => {
    const base = sampleDocument() as unknown as Record<string, unknown>;
    const wrong: [Record<string, unknown>, string][] = [
      [{ subject: {} }, 'MessageHeader.Subject'],
      [{ to: 'H53' }, 'MessageHeader.To'],
      [{ to: [null] }, 'MessageHeader.To[1]'],
      [{ from: undefined }, 'MessageHeader.From'],
      [{ dueDate: 5 }, 'MessageHeader.DueDate'],
      [{ business: null }, 'TraceHeaderList.Bussiness'],
      [{ kind: 'letter' }, 'kind'],
    ];
    for (const [change, path] of wrong) {
      const message = { ...base, ...change } as unknown as EdxmlDocument;
      const error = await failureOf(() => collect(buildEdxml(message)), 'EDXML_BAD_FIELD');
      expect(error.details.path).to.equal(path);
    }
  });

  it('lets no text handed in as XML break out of its place', async () => {
    for (const xml of ['<a>', '<a/><b/>', 'x', '<!DOCTYPE a><a/>', '</edXML:edXMLHeader><a/>', '']) {
      await failureOf(
        () => collect(buildEdxml({ ...sampleDocument(), signatureXml: xml })),
        'EDXML_BAD_FIELD',
      );
      const extensions = [{ path: 'MessageHeader', xml }];
      await failureOf(() => collect(buildEdxml({ ...sampleDocument(), extensions })), 'EDXML_BAD_FIELD');
    }
  });
});
