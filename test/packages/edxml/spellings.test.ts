/** What live systems write beside the samples: dates, flags and identifiers in the manner of their makers, and XML broken by hand. */
import { expect } from 'chai';
import { buildEdxml, judgeEdxml, PackageError } from '../../../src/packages/index.ts';
import { collect } from '../support/bytes.ts';
import { packageWithContent, parseAll } from '../support/package.ts';
import { sampleDocument } from '../support/samples.ts';

const NOW = new Date('2026-12-20T03:00:00Z');

describe('edXML in the spelling of other makers', () => {
  let sample = '';
  before(async () => {
    sample = (await collect(buildEdxml(sampleDocument()))).toString('utf8');
  });

  /** The sample with the text of the first element of that name replaced. */
  function withText(name: string, text: string): string {
    const changed = sample.replace(
      new RegExp(`<edXML:${name}>[^<]*</edXML:${name}>`),
      `<edXML:${name}>${text}</edXML:${name}>`,
    );
    expect(changed, name).to.include(`>${text}<`);
    return changed;
  }

  async function read(xml: string) {
    const parsed = await parseAll(Buffer.from(xml));
    if (parsed.message.kind !== 'document') throw new TypeError('a document is read here');
    const codesOf = (stage: 'sending' | 'arrival') =>
      judgeEdxml(parsed, { now: NOW, stage }).errors.map(({ code }) => code);
    return { message: parsed.message, sending: codesOf('sending'), arrival: codesOf('arrival') };
  }

  it('takes a date with a zone, a time of day or single digits for the day it names', async () => {
    for (const written of [
      '2026-10-30+07:00',
      '2026-10-30Z',
      '2026/10/30 8:5:9',
      '2026-10-30T00:00:00.000+07:00',
    ]) {
      const { message, sending } = await read(withText('PromulgationDate', written));

      expect(message.promulgationInfo.promulgationDate, written).to.equal('2026-10-30');
      expect(sending, written).to.not.include('M.MessageHeader.PromulgationInfo.PromulgationDate');
    }
  });

  it('tells a sender of a date with the day first, and reads it for whoever gets it from an axis', async () => {
    const spoken: [string, string][] = [
      ['30/10/2026', '2026-10-30'],
      ['5/11/2026', '2026-11-05'],
      ['30-10-2026', '2026-10-30'],
      ['30.10.2026 00:00:00', '2026-10-30'],
      ['30/10/2026 12:00:00 SA', '2026-10-30'],
      ['10/30/2026 12:00:00 AM', '2026-10-30'],
      ['20261030', '2026-10-30'],
      ['2026.10.30', '2026-10-30'],
      ['2026/10/30 12:00:00 SA', '2026-10-30'],
    ];
    for (const [written, meant] of spoken) {
      const { message, sending, arrival } = await read(withText('PromulgationDate', written));
      const again = await read((await collect(buildEdxml(message))).toString('utf8'));

      expect(message.promulgationInfo.promulgationDate, written).to.equal(meant);
      expect(sending, written).to.include('M.MessageHeader.PromulgationInfo.PromulgationDate');
      expect(arrival, written).to.deep.equal([]);
      expect(again.message.promulgationInfo, written).to.deep.equal(message.promulgationInfo);
    }
  });

  it('reads no day into a date that could be two, or none', async () => {
    for (const written of [
      '5/6/2026 12:00:00 AM',
      '31/02/2026',
      '13/13/2026',
      '30/10/26',
      '30/10/2026 25:00:00',
      '20261330',
    ]) {
      const { message, sending } = await read(withText('PromulgationDate', written));

      expect(message.promulgationInfo.promulgationDate, written).to.equal(written);
      expect(sending, written).to.include('M.MessageHeader.PromulgationInfo.PromulgationDate');
    }
  });

  it('turns halves of the day into hours', async () => {
    const hours: [string, string][] = [
      ['30/10/2026 8:05:00 CH', '2026-10-30T20:05:00+07:00'],
      ['2026/10/30 08:05:00 CH', '2026-10-30T20:05:00+07:00'],
      ['2026/10/30 12:05:00 AM', '2026-10-30T00:05:00+07:00'],
      ['2026/10/30 08:05:00:123', '2026-10-30T08:05:00+07:00'],
      ['30/10/2026 12:05:00 SA', '2026-10-30T00:05:00+07:00'],
      ['30/10/2026 12:05:00 CH', '2026-10-30T12:05:00+07:00'],
    ];
    for (const [written, meant] of hours) {
      const { message } = await read(withText('Timestamp', written));

      expect(message.traceHeaders[0]?.timestamp, written).to.equal(meant);
    }
  });

  it('understands flags as words and numbers with a point of an arrival, but never what kind of message it is', async () => {
    const flag = await read(withText('Paper', 'True'));
    const type = await read(withText('Type', '2.0'));
    const kind = await read(withText('BussinessDocType', 'true'));

    expect([flag.message.business.paper, type.message.documentType.type]).to.deep.equal([1, 2]);
    expect([...flag.sending, ...type.sending]).to.include.members([
      'T.TraceHeaderList.Bussiness.Paper',
      'T.MessageHeader.DocumentType.Type',
    ]);
    expect([...flag.arrival, ...type.arrival]).to.deep.equal([]);
    expect(kind.arrival).to.include('T.TraceHeaderList.Bussiness.BussinessDocType');
  });

  it('reads a priority written as its word of an arrival: an urgent document is not to wait', async () => {
    for (const [written, number] of [
      ['Hỏa tốc', 3],
      ['HOẢ TỐC', 3],
      [' thượng khẩn', 2],
      ['Bình thường', 0],
    ] as const) {
      const { message, sending, arrival } = await read(withText('Priority', written));

      expect(message.otherInfo?.priority, written).to.equal(number);
      expect(sending, written).to.deep.equal(['T.MessageHeader.OtherInfo.Priority']);
      expect(arrival, written).to.deep.equal([]);
    }
    expect((await read(withText('Priority', 'gấp'))).message.otherInfo).to.not.have.property('priority');
  });

  it('tells the sender of a code in small letters, and knows the agency of an arrival', async () => {
    const code = sampleDocument().from.organId;
    const small = sample.replaceAll(`<edXML:OrganId>${code}<`, `<edXML:OrganId>${code.toLowerCase()}<`);
    expect(small).to.not.equal(sample);

    const { message, sending, arrival } = await read(small);

    expect(message.from.organId).to.equal(code);
    expect(sending).to.include('R.MessageHeader.From.OrganId');
    expect(arrival).to.deep.equal([]);
  });

  it('takes lists whose only entry is empty for empty lists', async () => {
    const empty = (name: string, ...fields: string[]) =>
      `<edXML:${name}>${fields.map((field) => `<edXML:${field}/>`).join('')}</edXML:${name}>`;
    const lists = [
      `<edXML:ReplacementInfoList>${empty('ReplacementInfo', 'DocumentId', 'OrganIdList')}</edXML:ReplacementInfoList>`,
      `<edXML:BussinessDocumentInfo><edXML:ReceiverList>${empty('Receiver', 'OrganId', 'ReceiverType')}</edXML:ReceiverList></edXML:BussinessDocumentInfo>`,
    ].join('');
    const bare = (await collect(buildEdxml({ ...sampleDocument(), attachments: [] }))).toString('utf8');
    const xml = bare
      .replace(/<edXML:(BussinessDocumentInfo|ReplacementInfoList)>[\s\S]*?<\/edXML:\1>/g, '')
      .replace('</edXML:Bussiness>', `${lists}</edXML:Bussiness>`)
      .replace('<edXML:Bussiness>', `${empty('TraceHeader', 'OrganId', 'Timestamp')}<edXML:Bussiness>`)
      .replace(/<edXML:edXMLBody[\s\S]*<\/edXML:edXMLBody>/, '')
      .replace(
        '</edXML:edXMLEnvelope>',
        `<edXML:edXMLBody><edXML:edXMLManifest>${empty('Reference', 'ContentId', 'ContentType')}</edXML:edXMLManifest></edXML:edXMLBody></edXML:edXMLEnvelope>`,
      );
    for (const name of ['Receiver', 'ReplacementInfo', 'Reference'])
      expect(xml).to.include(`<edXML:${name}>`);

    const { message, sending } = await read(xml);

    expect(sending).to.deep.equal([]);
    expect(message.business.replacementInfoList).to.deep.equal([]);
    expect(message.business.businessDocumentInfo?.receiverList).to.deep.equal([]);
    expect(message.traceHeaders).to.have.length(sampleDocument().traceHeaders.length);
  });

  it('passes over an empty recipient beside others, and tells of one that stands alone', async () => {
    const bare = (await collect(buildEdxml(sampleDocument()))).toString('utf8');
    const beside = bare.replace(
      '<edXML:To>',
      '<edXML:To><edXML:OrganId/><edXML:OrganName/></edXML:To><edXML:To>',
    );
    const alone = bare.replace(/<edXML:To>[\s\S]*<\/edXML:To>/, '<edXML:To/>');

    const [read1, read2] = [await read(beside), await read(alone)];

    expect(read1.message.to).to.deep.equal(sampleDocument().to);
    expect(read1.sending).to.deep.equal([]);
    expect(read2.sending).to.include('N.MessageHeader.To.OrganId');
  });

  it('takes no recall for a new document because its element is spelled as English has it', async () => {
    const recall = sample
      .replace(/<(\/?)edXML:Bussiness>/g, '<$1edXML:Business>')
      .replace(/(<edXML:BussinessDocType>)\d/, '$11');
    const bare = recall.replace(/<(\/?)edXML:BussinessDocType>/g, '<$1edXML:BusinessDocType>');

    const { message, sending, arrival } = await read(recall);
    const again = await read((await collect(buildEdxml(message))).toString('utf8'));
    const unclear = await read(bare);

    expect(message.business.businessDocType).to.equal(1);
    expect(sending).to.include('N.TraceHeaderList.Bussiness');
    expect(arrival).to.deep.equal([]);
    expect(again.message.business).to.deep.equal(message.business);
    expect(unclear.arrival).to.include('N.TraceHeaderList.Bussiness.BussinessDocType');
    expect(unclear.message.extensions?.map(({ path }) => path)).to.include('TraceHeaderList.Bussiness');
  });

  it('takes no recall for a new document because it stands beside the trace', async () => {
    const recall = sample.replace(/(<edXML:BussinessDocType>)\d/, '$11');
    const element = /<edXML:Bussiness>[\s\S]*<\/edXML:Bussiness>/.exec(recall)?.[0] ?? '';
    expect(element).to.not.equal('');
    for (const end of ['</edXML:MessageHeader>', '</edXML:edXMLHeader>', '</edXML:edXMLEnvelope>']) {
      const { message, sending, arrival } = await read(
        recall.replace(element, '').replace(end, element + end),
      );

      expect(message.business.businessDocType, end).to.equal(1);
      expect(sending.filter((code) => code.startsWith('M.')).join(), end).to.match(/\bBussiness$/);
      expect(arrival, end).to.deep.equal([]);
    }
  });

  it('finds the file of a manifest whose identifier stands in brackets or behind a space', async () => {
    const whole = await packageWithContent('QUJD');
    const id = /<ContentId>(?:cid:)?([^<]+)</.exec(whole)?.[1] ?? '';
    for (const written of [`cid: ${id}`, `cid:&lt;${id}&gt;`, `CID:${id}`]) {
      const xml = whole.replace(/<edXML:ContentId>[^<]*</, `<edXML:ContentId>${written}<`);

      const { message, sending } = await read(xml);

      expect(message.attachments[0]?.contentId, written).to.equal(id);
      expect(
        sending.filter((code) => code.includes('ContentId')),
        written,
      ).to.deep.equal([]);
    }
  });

  it('tells where files have to stand that stand in the envelope', async () => {
    const xml = (await packageWithContent('JVBERg==')).toString();
    const encoded = /<AttachmentEncoded>[\s\S]*<\/AttachmentEncoded>/.exec(xml)?.[0] ?? '';
    expect(encoded).to.not.equal('');
    const without = xml.replace(encoded, '');
    const bare = encoded.replace(/<\/?AttachmentEncoded>/g, '');
    const moved = [
      ...['</edXML:edXMLBody>', '</edXML:edXMLEnvelope>'].map((end) => without.replace(end, encoded + end)),
      // No entry of a manifest says that a file is missing.
      without
        .replace('</edXML>', `${bare}</edXML>`)
        .replace(/<edXML:edXMLBody>[\s\S]*<\/edXML:edXMLBody>/, ''),
      xml.replace(/(<\/?)AttachmentEncoded>/g, '$1AttachmentsEncoded>'),
    ];
    for (const [at, written] of moved.entries()) {
      const { message, sending, arrival } = await read(written);

      expect(message.attachments, `${at}`).to.deep.equal([]);
      expect(sending, `${at}`).to.include('N.AttachmentEncoded');
      expect(arrival, `${at}`).to.deep.equal([]);
    }
  });

  it('names the element that holds too much, and where it begins', async () => {
    const long = (await packageWithContent('QUJD')).replace(
      /(<\/?edXML:)ContentTransferEncoded/g,
      '$1ContentTransferEncoding',
    );
    const start = long.slice(0, long.indexOf('<edXML:ContentTransferEncoding')).split('\n');

    const fault = await read(long.replace('>QUJD<', `>${'QUJD'.repeat(80_000)}<`)).then(
      () => undefined,
      (error: unknown) => error as PackageError,
    );

    expect(fault?.code).to.equal('EDXML_FIELD_TOO_LONG');
    expect(fault?.details.line).to.equal(start.length);
    expect(fault?.details.column).to.equal((start.at(-1)?.length ?? 0) + 1);
    expect(fault?.vi).to.include('trong <edXML:ContentTransferEncoding>');
  });

  it('names the place of an & that was not written &amp;, not that where the parser gave up', async () => {
    const broken = withText('Subject', 'Công ty A & B');
    const lines = broken.slice(0, broken.indexOf('A & B') + 2).split('\n');
    const place = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
    const cases = [
      broken,
      broken.replace('</edXML:Subject>', '</edXML:Subject><!-- a; -->'),
      broken.replace('A & B', 'A & B &amp; C'),
      broken.replace(/(<edXML:Place>)/, '<!-- & -->$1'),
    ];
    for (const xml of cases) {
      for (const chunkBytes of [1, 7, xml.length * 2]) {
        const refused = await parseAll(Buffer.from(xml), { chunkBytes }).catch((error: unknown) => error);

        expect(refused).to.be.instanceOf(PackageError);
        const { code, details, vi } = refused as PackageError;
        expect([code, details.line], xml.slice(0, 60)).to.deep.equal(['EDXML_NOT_WELL_FORMED', place.line]);
        expect(vi).to.include('dấu & phải viết là &amp;');
        if (!xml.includes('<!-- & -->')) expect(details.column).to.equal(place.column);
      }
    }
  });

  it('still names the end of a file cut short, whatever ampersands it holds', async () => {
    const cut = withText('Subject', '<![CDATA[A & B]]>').split('</edXML:MessageHeader>')[0] ?? '';

    const lines = cut.split('\n');

    for (const chunkBytes of [1, 9, cut.length * 2]) {
      const refused = await parseAll(Buffer.from(cut), { chunkBytes }).catch((error: unknown) => error);

      const { reason, line, column } = (refused as PackageError).details;
      expect(reason).to.equal('unexpected end of file');
      expect([line, column]).to.deep.equal([lines.length, (lines.at(-1)?.length ?? 0) + 1]);
    }
  });

  it('reads no number where none is written', async () => {
    for (const written of ['constructor', '__proto__', 'toString', '1.000', '20.000', 'yes']) {
      const { message, sending } = await read(withText('Priority', written));

      expect(message.otherInfo?.priority, written).to.equal(undefined);
      expect(sending, written).to.include('T.MessageHeader.OtherInfo.Priority');
    }
  });
});
