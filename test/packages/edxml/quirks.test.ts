import { expect } from 'chai';
import { buildEdxml, type EdxmlDocument, type EdxmlStatus, judgeEdxml } from '../../../src/packages/index.ts';
import { collect } from '../support/bytes.ts';
import { describe as describeFile, packageWithContent, parseAll, sourceOf } from '../support/package.ts';
import { sampleDocument, sampleStatus } from '../support/samples.ts';
import { xsdFaults } from '../support/xsd.ts';

const FILE = Buffer.from('%PDF-1.7 nội dung', 'utf8');

async function built(message = sampleDocument()): Promise<string> {
  return (await collect(buildEdxml(message))).toString('utf8');
}

async function parsedDocument(xml: string | Uint8Array): Promise<EdxmlDocument> {
  return (await parseAll(xml)).message as EdxmlDocument;
}

describe('reading what real senders write', () => {
  it('takes default-namespace elements without the edXML prefix', async () => {
    const xml = (await built()).replaceAll('edXML:', '').replace(' xmlns:edXML=', ' xmlns:unused=');

    expect(await parsedDocument(xml)).to.deep.equal(sampleDocument());
  });

  it('takes another prefix bound to the same namespace', async () => {
    const xml = (await built()).replaceAll('edXML:', 'q:').replace('xmlns:edXML=', 'xmlns:q=');

    expect(await parsedDocument(xml)).to.deep.equal(sampleDocument());
  });

  it('takes a file without any namespace and says so', async () => {
    const xml = (await built()).replaceAll('edXML:', '').replace(/ xmlns(:edXML)?="[^"]*"/g, '');

    const { message, warnings } = await parseAll(xml);

    expect(message).to.deep.equal(sampleDocument());
    expect(warnings.map(({ code }) => code)).to.deep.equal(['M.edXML']);
  });

  it('takes the fields of the header in any order', async () => {
    const xml = await built();
    const subject = /<edXML:Subject>[\s\S]*?<\/edXML:Subject>/.exec(xml)?.[0] ?? '';
    const moved = xml.replace(subject, '').replace('<edXML:From>', `${subject}<edXML:From>`);

    expect(await parsedDocument(moved)).to.deep.equal(sampleDocument());
  });

  it('takes attachments before the envelope and metadata after the content', async () => {
    const message = { ...sampleDocument(), attachments: [describeFile('f1', 'a.pdf', FILE)] };
    const xml = (await collect(buildEdxml(message, [sourceOf('f1', FILE)]))).toString('utf8');
    const encoded = /<AttachmentEncoded>[\s\S]*<\/AttachmentEncoded>/.exec(xml)?.[0] ?? '';
    const content =
      /<edXML:ContentTransferEncoded[\s\S]*?<\/edXML:ContentTransferEncoded>/.exec(encoded)?.[0] ?? '';
    const turned = encoded.replace(content, '').replace('<Attachment>', `<Attachment>${content}`);
    const moved = xml.replace(encoded, '').replace('<edXML:edXMLEnvelope', `${turned}<edXML:edXMLEnvelope`);

    const parsed = await parseAll(moved);

    expect(parsed.message).to.deep.equal(message);
    expect(parsed.files.get('f1')).to.deep.equal(FILE);
  });

  it('takes identifiers with and without cid:, mixed', async () => {
    const message = { ...sampleDocument(), attachments: [describeFile('f1', 'a.pdf', FILE)] };
    const xml = (await collect(buildEdxml(message, [sourceOf('f1', FILE)]))).toString('utf8');
    const mixed = xml.replace('<ContentId>cid:f1</ContentId>', '<ContentId>f1</ContentId>');

    const { message: read, warnings, errors } = await parseAll(mixed);

    expect(mixed).not.to.equal(xml);
    expect(read).to.deep.equal(message);
    expect([...warnings, ...errors]).to.deep.equal([]);
    expect(await parsedDocument(xml.replaceAll('cid:', 'cid:cid:'))).to.deep.equal(message);
  });

  it('takes Bussiness before the trace, as the axis library re-serialises it', async () => {
    const xml = await built();
    const trace = /<edXML:TraceHeader>[\s\S]*?<\/edXML:TraceHeader>/.exec(xml)?.[0] ?? '';
    const moved = xml
      .replace(trace, '')
      .replace('</edXML:TraceHeaderList>', `${trace}</edXML:TraceHeaderList>`);

    expect(await parsedDocument(moved)).to.deep.equal(sampleDocument());
    expect(xsdFaults('edxml-qcvn102.xsd', Buffer.from(moved))).to.deep.equal([]);
  });

  for (const [namespace, name] of [
    ['http://www.w3.org/2000/09/xmldsig#', 'the XMLDSig namespace'],
    ['http://www.mic.gov.vn/TBT/QCVN_102_2016', 'the QCVN namespace'],
  ]) {
    it(`keeps a signature in ${name}`, async () => {
      const signature = `<Signature xmlns="${namespace}"><SignedInfo/></Signature>`;
      const xml = (await built()).replace('</edXML:edXMLHeader>', `${signature}</edXML:edXMLHeader>`);

      const { message, warnings } = await parseAll(xml);

      expect(message.signatureXml).to.equal(signature);
      expect(warnings).to.deep.equal([]);
    });
  }

  it('keeps the trace that some systems send with a status, and writes it again', async () => {
    const status = (await collect(buildEdxml(sampleStatus()))).toString('utf8');
    const trace =
      '<edXML:TraceHeaderList><edXML:TraceHeader><edXML:OrganId>H56.14</edXML:OrganId></edXML:TraceHeader></edXML:TraceHeaderList>';
    const { message } = await parseAll(
      status.replace('</edXML:edXMLHeader>', `${trace}</edXML:edXMLHeader>`),
    );

    const again = await parseAll(await collect(buildEdxml(message)));

    expect(message.extensions).to.have.length(1);
    expect(again.message).to.deep.equal(message);
  });

  it('reads XML that calls itself 1.1 by the rules of 1.0, as the readers behind us do', async () => {
    const xml = (await built()).replace('version="1.0"', 'version="1.1"');

    expect(await parsedDocument(xml)).to.deep.equal(sampleDocument());
    const failure = await parseAll(xml.replace('Tây Ninh', 'Tây&#1;Ninh')).then(
      () => expect.fail('was read'),
      (cause: { code: string }) => cause,
    );
    expect(failure.code).to.equal('EDXML_NOT_WELL_FORMED');
  });

  it('takes an empty DigitalSignature for no signature', async () => {
    const xml = (await built()).replace(
      '</edXML:edXMLHeader>',
      '<edXML:DigitalSignature/></edXML:edXMLHeader>',
    );

    const { message, warnings } = await parseAll(xml);

    expect(message).not.to.have.property('signatureXml');
    expect(warnings).to.deep.equal([]);
  });

  it('passes over an empty ResponseFor beside the one a status is about, and over no second one', async () => {
    const status = (await collect(buildEdxml(sampleStatus()))).toString('utf8');
    const whole = /<edXML:ResponseFor>[\s\S]*?<\/edXML:ResponseFor>/.exec(status)?.[0] ?? '';
    for (const empty of ['<edXML:ResponseFor />', whole.replace(/>[^<]+</g, '><')])
      for (const both of [empty + whole, whole + empty]) {
        const { message, errors } = await parseAll(status.replace(whole, both));
        expect(message, both).to.deep.equal((await parseAll(status)).message);
        expect(errors, both).to.deep.equal([]);
      }
    const { errors } = await parseAll(status.replace(whole, whole + whole));
    expect(errors.map(({ code }) => code)).to.deep.equal(['M.MessageHeader.ResponseFor']);
  });

  it('says of a status whose code stands elsewhere what it lacks', async () => {
    const status = (await collect(buildEdxml(sampleStatus()))).toString('utf8');
    const code = /<edXML:StatusCode>\w+<\/edXML:StatusCode>/.exec(status)?.[0] ?? '';
    for (const moved of [
      status.replace(code, code.replaceAll('StatusCode', 'statusCode')),
      status.replace(code, code.replaceAll('StatusCode', 'Status')),
      status.replace(code, '').replace('</edXML:edXMLHeader>', `${code}</edXML:edXMLHeader>`),
    ])
      expect((await parseAll(moved)).errors.map(({ code: of }) => of)).to.include(
        'N.MessageHeader.StatusCode',
      );
  });

  it('finds the signature in a DigitalSignature that somebody filled', async () => {
    const text = await built();
    const signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>';
    const signed = text.replace(
      '</edXML:edXMLHeader>',
      `<edXML:DigitalSignature>${signature}</edXML:DigitalSignature></edXML:edXMLHeader>`,
    );

    const { message } = await parseAll(signed);

    expect(message.signatureXml).to.include('<SignedInfo');
  });

  it('drops the empty ResponseFor the axis leaves behind', async () => {
    const { responseFor: _, ...rest } = sampleDocument();
    const xml = (await built({ ...rest, responseFor: [] })).replace(
      '<edXML:SteeringType>',
      '<edXML:ResponseFor /><edXML:SteeringType>',
    );

    expect((await parsedDocument(xml)).responseFor).to.deep.equal([]);
  });

  for (const written of [
    '2026-10-30',
    '2026/10/30',
    '2026-10-30T00:00:00',
    '2026/10/29 18:00:00Z',
    '2026-10-29T20:00:00.123+02:00',
  ]) {
    it(`reads the date ${written} as the day it is in Vietnam`, async () => {
      const xml = (await built()).replace(
        '<edXML:PromulgationDate>2026/10/30<',
        `<edXML:PromulgationDate>${written}<`,
      );

      expect((await parsedDocument(xml)).promulgationInfo.promulgationDate).to.equal('2026-10-30');
    });
  }

  for (const [written, read] of [
    ['2026/10/30 09:00:00', '2026-10-30T09:00:00+07:00'],
    ['2026-10-30T09:00:00', '2026-10-30T09:00:00+07:00'],
    ['2026-10-30T02:00:00Z', '2026-10-30T09:00:00+07:00'],
    ['2026-10-30 02:00:00.5+0000', '2026-10-30T09:00:00+07:00'],
    ['2026-10-30 10:30:00.123456+08', '2026-10-30T09:30:00+07:00'],
    ['2026-10-30T00:30:00-0130', '2026-10-30T09:00:00+07:00'],
    ['2026/02/30 09:00:00', '2026/02/30 09:00:00'],
    ['30/10/2026', '30/10/2026'],
  ]) {
    it(`reads the time ${written} as ${read}`, async () => {
      const xml = (await built(sampleStatus() as never)).replace('2026/10/30 09:00:00', written ?? '');

      expect(((await parseAll(xml)).message as EdxmlStatus).timestamp).to.equal(read);
    });
  }

  it('gives status codes of one digit their zero', async () => {
    const xml = (await built(sampleStatus() as never)).replace(
      '<edXML:StatusCode>03<',
      '<edXML:StatusCode> 3 <',
    );

    expect(((await parseAll(xml)).message as EdxmlStatus).statusCode).to.equal('03');
  });

  it('keeps text exactly as written but trims identifiers', async () => {
    const xml = (await built())
      .replace('<edXML:OrganName>UBND tỉnh<', '<edXML:OrganName> UBND tỉnh <')
      .replace('<edXML:CodeNumber>12<', '<edXML:CodeNumber>\r\n 12 <');

    const { from, code } = await parsedDocument(xml);

    expect(from.organName).to.equal(' UBND tỉnh ');
    expect(code.codeNumber).to.equal('12');
  });

  it('tells a field that comes twice, with its place, and reads the first', async () => {
    const xml = (await built()).replace(
      '<edXML:Subject>',
      '<edXML:Subject>khác</edXML:Subject><edXML:Subject>',
    );

    const { message, errors } = await parseAll(xml);

    expect((message as EdxmlDocument).subject).to.equal('khác');
    expect(errors.map(({ code }) => code)).to.deep.equal(['M.MessageHeader.Subject']);
    expect(errors[0]?.line).to.be.greaterThan(1);
  });

  it('refuses an element of ours in a foreign namespace: others would read it, and we did not', async () => {
    const xml = await packageWithContent(FILE.toString('base64'));
    const parsed = await parseAll(xml.replace('<AttachmentEncoded', '<AttachmentEncoded xmlns="urn:khac"'));

    expect((parsed.message as EdxmlDocument).attachments).to.deep.equal([]);
    expect(parsed.errors.map(({ code }) => code)).to.include('M.AttachmentEncoded');
    expect(parsed.errors.every(({ line }) => line !== undefined)).to.equal(true);
  });

  it('refuses one file in a foreign namespace on arrival too: the recipient would get a document without it', async () => {
    const xml = await packageWithContent(FILE.toString('base64'));
    const parsed = await parseAll(xml.replace('<Attachment>', '<Attachment xmlns="urn:khac">'));

    const { errors } = judgeEdxml(parsed, { now: new Date(), stage: 'arrival' });

    expect(errors.map(({ code }) => code)).to.deep.equal(['M.AttachmentEncoded.Attachment']);
    expect(errors[0]?.line).to.be.a('number');
  });

  it('tells a number that is none', async () => {
    const xml = (await built()).replace('<edXML:Priority>1<', '<edXML:Priority>khẩn<');

    const { errors } = await parseAll(xml);

    expect(errors.map(({ code }) => code)).to.deep.equal(['T.MessageHeader.OtherInfo.Priority']);
  });

  it('tells a manifest that names a file that is not there', async () => {
    const message = { ...sampleDocument(), attachments: [describeFile('f1', 'a.pdf', FILE)] };
    const xml = (await collect(buildEdxml(message, [sourceOf('f1', FILE)]))).toString('utf8');

    const { errors } = await parseAll(xml.replace(/<AttachmentEncoded>[\s\S]*<\/AttachmentEncoded>/, ''));

    expect(errors.map(({ code }) => code)).to.deep.equal(['N.edXMLManifest.Reference.ContentId']);
  });

  it('takes a byte order mark and UTF-16 in both orders', async () => {
    const xml = await built();
    const utf16 = Buffer.from(`\ufeff${xml.replace('encoding="UTF-8"', 'encoding="UTF-16"')}`, 'utf16le');

    for (const bytes of [Buffer.from(`\ufeff${xml}`), utf16, Buffer.from(utf16).swap16()]) {
      expect(await parsedDocument(bytes)).to.deep.equal(sampleDocument());
    }
  });

  it('reads the same whatever the chunks, down to single bytes', async () => {
    const message = {
      ...sampleDocument(),
      attachments: [describeFile('f1', 'a.pdf', FILE), describeFile('f2', 'b.txt', FILE, false)],
    };
    const xml = await collect(buildEdxml(message, [sourceOf('f1', FILE), sourceOf('f2', FILE)]));

    for (const chunkBytes of [1, 2, 3, 5, 64, 1000]) {
      const parsed = await parseAll(xml, { chunkBytes });
      expect(parsed.message).to.deep.equal(message);
      expect([...parsed.files.values()]).to.deep.equal([FILE, FILE]);
    }
  });
});
