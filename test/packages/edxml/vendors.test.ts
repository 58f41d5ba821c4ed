/** Packages in the manner of the makers met in the field; texts and codes are invented. */
import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import {
  buildEdxml,
  type EdxmlDocument,
  type EdxmlStatus,
  judgeEdxml,
  type ParsedEdxml,
} from '../../../src/packages/index.ts';
import { collect } from '../support/bytes.ts';
import { parseAll, sourceOf } from '../support/package.ts';
import { makeZip } from '../support/zip.ts';

const NOW = new Date('2026-11-20T03:00:00Z');
const FILE = Buffer.from('%PDF-1.7 giấy mời', 'utf8');

function codesOf(parsed: ParsedEdxml, stage: 'sending' | 'arrival' = 'sending') {
  const { errors, warnings } = judgeEdxml(parsed, { now: NOW, stage });
  return { errors: errors.map(({ code }) => code), warnings: warnings.map(({ code }) => code) };
}

/** .NET serialiser, order of the standard's clauses, bare identifiers, links, one string template. */
const DOTNET = `<?xml version="1.0" encoding="utf-8"?>
<edXML xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">
  <edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:From><edXML:OrganId>H37.05.01</edXML:OrganId><edXML:OrganizationInCharge>Sở Mẫu</edXML:OrganizationInCharge><edXML:OrganName>Trung tâm Mẫu</edXML:OrganName></edXML:From>
        <edXML:To><edXML:OrganId>H37.02.02</edXML:OrganId><edXML:OrganizationInCharge>Sở Khác</edXML:OrganizationInCharge><edXML:OrganName>Phòng Khác</edXML:OrganName></edXML:To>
        <edXML:Code><edXML:CodeNumber>15</edXML:CodeNumber><edXML:CodeNotation>GM-TTM</edXML:CodeNotation></edXML:Code>
        <edXML:PromulgationInfo><edXML:Place>N/A</edXML:Place><edXML:PromulgationDate>2026/11/02</edXML:PromulgationDate></edXML:PromulgationInfo>
        <edXML:DocumentType><edXML:Type>18</edXML:Type><edXML:TypeName>Giấy mời</edXML:TypeName><edXML:TypeDetail>0</edXML:TypeDetail></edXML:DocumentType>
        <edXML:Subject>Họp &quot;tổng kết&quot;</edXML:Subject>
        <edXML:Content>Họp</edXML:Content>
        <edXML:SignerInfo><edXML:Competence>Truc tiep</edXML:Competence><edXML:Position>Giám đốc</edXML:Position><edXML:FullName>Người Ký</edXML:FullName></edXML:SignerInfo>
        <edXML:DueDate xsi:nil="true" />
        <edXML:ToPlaces><edXML:Place>Phòng Khác</edXML:Place></edXML:ToPlaces>
        <edXML:OtherInfo><edXML:Priority>0</edXML:Priority><edXML:PageAmount>1</edXML:PageAmount><edXML:Appendixes><edXML:Appendix></edXML:Appendix></edXML:Appendixes></edXML:OtherInfo>
        <edXML:ResponseFor><edXML:OrganId></edXML:OrganId><edXML:Code></edXML:Code><edXML:PromulgationDate></edXML:PromulgationDate><edXML:DocumentId></edXML:DocumentId></edXML:ResponseFor>
        <edXML:SteeringType>0</edXML:SteeringType>
        <edXML:DocumentId>H37.05.01,2026/11/02,15/GM-TTM</edXML:DocumentId>
      </edXML:MessageHeader>
      <edXML:TraceHeaderList id="9f86d081" version="1.0" mustUnderstand="1" actor="http://schemas.xmlsoap.org/soap/actor/next">
        <edXML:TraceHeader><edXML:OrganId>H37.05.01</edXML:OrganId><edXML:Timestamp>2026/11/02 08:30:00</edXML:Timestamp></edXML:TraceHeader>
        <edXML:Bussiness><edXML:BussinessDocType>0</edXML:BussinessDocType><edXML:BussinessDocReason>Van ban dien tu moi</edXML:BussinessDocReason><edXML:StaffInfo><edXML:Department>N/A</edXML:Department><edXML:Staff>Người Ký</edXML:Staff><edXML:Mobile></edXML:Mobile><edXML:Email></edXML:Email></edXML:StaffInfo><edXML:Paper>0</edXML:Paper></edXML:Bussiness>
      </edXML:TraceHeaderList>
      <edXML:DigitalSignature />
    </edXML:edXMLHeader>
    <edXML:edXMLBody><edXML:edXMLManifest version="1.0"><edXML:Reference xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="cid:6f3c" xlink:role="XLinkRole" xlink:type="simple"><edXML:Description>File dinh kem 1</edXML:Description><edXML:AttachmentName>giay-moi.pdf</edXML:AttachmentName><edXML:ContentType>application/pdf</edXML:ContentType><edXML:ContentId>cid:6f3c</edXML:ContentId></edXML:Reference></edXML:edXMLManifest></edXML:edXMLBody>
  </edXML:edXMLEnvelope>
  <AttachmentEncoded><Attachment><ContentType>application/pdf</ContentType><ContentId>6f3c</ContentId><Description>File dinh kem 1</Description><ContentTransferEncoded>${FILE.toString('base64')}</ContentTransferEncoded><AttachmentName>giay-moi.pdf</AttachmentName></Attachment></AttachmentEncoded>
</edXML>
`;

/** As the axis delivers it: re-serialised, no Bussiness, an anonymous hop of its own, zipped bytes under the real type. */
const FROM_AXIS = `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">
  <edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">
    <!-- ghi chú -->
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:From><edXML:OrganId>000.00.00.G98</edXML:OrganId><edXML:OrganAdd>Số 1</edXML:OrganAdd></edXML:From>
        <edXML:To><edXML:OrganId>000.00.13.H99</edXML:OrganId><edXML:OrganName>Sở Mẫu</edXML:OrganName></edXML:To>
        <edXML:DocumentId>9fbfbad2-f1f8-4256-a2eb-50fb1061cddb</edXML:DocumentId>
        <edXML:Code><edXML:CodeNumber>20261016112435</edXML:CodeNumber><edXML:CodeNotation>VP</edXML:CodeNotation></edXML:Code>
        <edXML:PromulgationInfo><edXML:Place>Hà Nội</edXML:Place><edXML:PromulgationDate>30/10/2026</edXML:PromulgationDate></edXML:PromulgationInfo>
        <edXML:DocumentType><edXML:Type>1</edXML:Type><edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>
        <edXML:Subject>V/v mẫu</edXML:Subject>
        <edXML:ResponseFor />
      </edXML:MessageHeader>
      <edXML:TraceHeaderList>
        <edXML:TraceHeader><edXML:OrganId>null</edXML:OrganId><edXML:Timestamp>2026/10/30 15:46:18</edXML:Timestamp></edXML:TraceHeader>
        <edXML:TraceHeader><edXML:Timestamp>2026/10/30 15:46:19</edXML:Timestamp></edXML:TraceHeader>
      </edXML:TraceHeaderList>
    </edXML:edXMLHeader>
    <edXML:edXMLBody><edXML:edXMLManifest version="1.0"><edXML:Reference><edXML:ContentId>cid:1</edXML:ContentId><edXML:ContentType>application/pdf</edXML:ContentType><edXML:AttachmentName>a.pdf</edXML:AttachmentName></edXML:Reference></edXML:edXMLManifest></edXML:edXMLBody>
  </edXML:edXMLEnvelope>
  <edXML:AttachmentEncoded xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:Attachment><edXML:ContentId>cid:1</edXML:ContentId><edXML:AttachmentName>a.pdf</edXML:AttachmentName><edXML:ContentType>application/pdf</edXML:ContentType><edXML:ContentTransferEncoded>${makeZip([{ name: '7091b48b-9e89-4b11-bdb8-4265d0200f0e.pdf', data: FILE, descriptor: 'signed' }]).toString('base64')}</edXML:ContentTransferEncoded></edXML:Attachment></edXML:AttachmentEncoded>
</edXML>`;

describe('packages as other makers write them', () => {
  it('reads a .NET package in the order of the clauses, whole and without fault', async () => {
    const parsed = await parseAll(DOTNET);

    const message = parsed.message as EdxmlDocument;
    expect(codesOf(parsed)).to.deep.equal({ errors: [], warnings: [] });
    expect(message.responseFor).to.deep.equal([]);
    expect(message.traceAttributes).to.include({ id: '9f86d081', mustUnderstand: '1' });
    expect(message.documentType).to.deep.equal({ type: 18, typeDetail: 0, typeName: 'Giấy mời' });
    expect(message.attachments[0]).to.include({
      contentId: '6f3c',
      wasZipped: false,
      contentType: 'application/pdf',
    });
    expect(parsed.files.get('6f3c')).to.deep.equal(FILE);
  });

  it('writes such a package again in its own manner, and it means the same', async () => {
    const { message } = await parseAll(DOTNET);

    const bytes = await collect(buildEdxml(message, [sourceOf('6f3c', FILE)], { order: 'qcvn' }));

    const xml = bytes.toString('utf8');
    expect((await parseAll(bytes)).message).to.deep.equal(message);
    expect(xml).to.contain(' xlink:href="cid:6f3c" xlink:role="XLinkRole" xlink:type="simple">');
    expect(xml).to.match(/<ContentId>6f3c<\/ContentId>/);
    expect(xml).to.match(/<ContentTransferEncoded>[A-Za-z0-9+/=]+<\/ContentTransferEncoded>/);
    expect(xml).to.contain('<edXML:DigitalSignature />');
    expect(xml).to.contain('<edXML:TraceHeaderList id="9f86d081" version="1.0" mustUnderstand="1"');
  });

  it('reads what the axis re-serialised as a new document, its zipped file unwrapped', async () => {
    const parsed = await parseAll(FROM_AXIS);

    expect((parsed.message as EdxmlDocument).business).to.deep.equal({ businessDocType: 0 });
    expect((parsed.message as EdxmlDocument).attachments[0]).to.include({ wasZipped: true, name: 'a.pdf' });
    expect(parsed.files.get('1')).to.deep.equal(FILE);
  });

  it('refuses its faults from a sender, and only tells them of an arrival', async () => {
    const parsed = await parseAll(FROM_AXIS);

    const faults = [
      'M.MessageHeader.PromulgationInfo.PromulgationDate',
      'N.MessageHeader.From.OrganName',
      'R.MessageHeader.Code.CodeNumber',
    ];
    // The hop without a name is the axis' own.
    const told = ['N.TraceHeaderList.Bussiness', 'N.TraceHeaderList.TraceHeader.OrganId'];
    expect(codesOf(parsed)).to.deep.equal({ errors: faults, warnings: told });
    expect(codesOf(parsed, 'arrival')).to.deep.equal({ errors: [], warnings: [...faults, ...told] });
  });

  it('refuses a trace whose first hop has no name', async () => {
    const parsed = await parseAll(FROM_AXIS.replace('<edXML:OrganId>null</edXML:OrganId>', ''));

    expect(codesOf(parsed).errors).to.include('N.TraceHeaderList.TraceHeader.OrganId');
  });

  it('takes from the axis the codes it lists, whatever their form, but not two codes of one agency', async () => {
    for (const code of ['020199999999', 'vxp.saas.07', 'DN-0001/X']) {
      const odd = FROM_AXIS.replaceAll('000.00.00.G98', code).replace(
        '<edXML:DocumentId>',
        `<edXML:To><edXML:OrganId>${code}</edXML:OrganId></edXML:To><edXML:DocumentId>`,
      );
      expect(codesOf(await parseAll(odd), 'arrival').errors, code).to.deep.equal([]);
    }
    const twice = FROM_AXIS.replace('<edXML:OrganAdd>', '<edXML:OrganId>G98</edXML:OrganId><edXML:OrganAdd>');
    expect(codesOf(await parseAll(twice), 'arrival').errors).to.deep.equal(['M.MessageHeader.From.OrganId']);
  });

  it('tells the place of every fault: of the field, of what should hold it, of the header', async () => {
    const xml = FROM_AXIS.replace('<edXML:OrganName>Sở Mẫu</edXML:OrganName>', '').replace(
      /<edXML:TraceHeaderList>[\s\S]*<\/edXML:TraceHeaderList>/,
      '',
    );
    const lines = xml.split('\n');
    const at = (needle: string) => {
      const line = lines.findIndex((text) => text.includes(needle));
      return { line: line + 1, column: (lines[line] ?? '').indexOf(needle) + 1 };
    };

    const { errors } = judgeEdxml(await parseAll(xml), { now: NOW });

    const places = new Map(errors.map(({ path, line, column }) => [path, { line, column }]));
    expect(Object.fromEntries(places)).to.deep.equal({
      'MessageHeader.From.OrganName': at('<edXML:From>'),
      'MessageHeader.To[1].OrganName': at('<edXML:To>'),
      'MessageHeader.Code.CodeNumber': at('<edXML:CodeNumber>'),
      'MessageHeader.PromulgationInfo.PromulgationDate': at('<edXML:PromulgationDate>'),
      'TraceHeaderList.Bussiness.BussinessDocType': at('<edXML:edXMLHeader>'),
      'TraceHeaderList.TraceHeader': at('<edXML:edXMLHeader>'),
    });
  });

  it('refuses an arrival that can’t be delivered, or whose request is unclear', async () => {
    for (const [found, put, code] of [
      ['<edXML:OrganId>000.00.00.G98</edXML:OrganId>', '', 'N.MessageHeader.From.OrganId'],
      ['<edXML:OrganId>000.00.13.H99</edXML:OrganId>', '', 'N.MessageHeader.To.OrganId'],
      [/<edXML:DocumentId>.*<\/edXML:DocumentId>/, '', 'N.MessageHeader.DocumentId'],
      [
        '</edXML:TraceHeaderList>',
        '<edXML:Bussiness><edXML:BussinessDocType>thu hồi</edXML:BussinessDocType></edXML:Bussiness></edXML:TraceHeaderList>',
        'T.TraceHeaderList.Bussiness.BussinessDocType',
      ],
      ['</edXML:From>', '</edXML:From><edXML:From/>', 'M.MessageHeader.From'],
      [
        '<edXML:DocumentId>',
        '<x:To xmlns:x="urn:x"><x:OrganId>000.00.14.H99</x:OrganId></x:To><edXML:DocumentId>',
        'M.MessageHeader.To',
      ],
      [
        '</edXML:TraceHeaderList>',
        '<edXML:Bussiness><edXML:BussinessDocType>0</edXML:BussinessDocType></edXML:Bussiness><edXML:Bussiness><edXML:BussinessDocType>1</edXML:BussinessDocType></edXML:Bussiness></edXML:TraceHeaderList>',
        'M.TraceHeaderList.Bussiness',
      ],
      [
        /<edXML:MessageHeader>[\s\S]*<\/edXML:MessageHeader>/,
        '$&$&',
        'M.edXMLEnvelope.edXMLHeader.MessageHeader',
      ],
      [/<edXML:edXMLHeader>[\s\S]*<\/edXML:edXMLHeader>/, '$&$&', 'M.edXMLEnvelope.edXMLHeader'],
      [
        '000.00.00.G98</edXML:OrganId>',
        '000.00.00.G98<b>.01</b></edXML:OrganId>',
        'T.MessageHeader.From.OrganId',
      ],
    ] as const) {
      const parsed = await parseAll(FROM_AXIS.replace(found, put));

      expect(codesOf(parsed, 'arrival').errors, code).to.deep.equal([code]);
    }
  });

  it('tells a number that is none once, as a wrong type', async () => {
    const parsed = await parseAll(
      DOTNET.replace('<edXML:Type>18</edXML:Type>', '<edXML:Type>CV</edXML:Type>'),
    );

    expect(codesOf(parsed).errors).to.deep.equal(['T.MessageHeader.DocumentType.Type']);
  });

  it('keeps the spelling of dates the axis would write otherwise', async () => {
    const parsed = await parseAll(
      DOTNET.replace(
        '>2026/11/02</edXML:PromulgationDate>',
        '>2026-11-01T17:00:00Z</edXML:PromulgationDate>',
      ),
    );

    const message = parsed.message as EdxmlDocument;
    expect(message.promulgationInfo.promulgationDate).to.equal('2026-11-02');
    expect(message.rawDates).to.deep.equal({
      'MessageHeader.PromulgationInfo.PromulgationDate': '2026-11-01T17:00:00Z',
    });
    const again = (await collect(buildEdxml(message, [sourceOf('6f3c', FILE)]))).toString('utf8');
    expect(again).to.contain('<edXML:PromulgationDate>2026/11/02</edXML:PromulgationDate>');
  });

  it('reads ReplyFors, ReferenceCodes and the identifiers of StaffInfo; keeps such fields when they have a structure', async () => {
    const with_ = (fields: string): string =>
      DOTNET.replace('<edXML:Appendixes>', `${fields}<edXML:Appendixes>`).replace(
        '<edXML:Department>N/A</edXML:Department>',
        '<edXML:Department>N/A</edXML:Department><edXML:DepartmentId> P1 </edXML:DepartmentId>',
      );

    const plain = await parseAll(
      with_('<edXML:ReplyFors>12/UBND</edXML:ReplyFors><edXML:ReferenceCodes>1;2</edXML:ReferenceCodes>'),
    );
    const deep = await parseAll(with_('<edXML:ReplyFors><edXML:Code>12/UBND</edXML:Code></edXML:ReplyFors>'));

    const message = plain.message as EdxmlDocument;
    expect(message.otherInfo).to.include({ replyFors: '12/UBND', referenceCodes: '1;2' });
    expect(message.business.staffInfo?.departmentId).to.equal('P1');
    expect(codesOf(plain)).to.deep.equal({ errors: [], warnings: [] });
    expect((deep.message as EdxmlDocument).extensions).to.have.length(1);
    expect(codesOf(deep)).to.deep.equal({ errors: [], warnings: ['U.MessageHeader.OtherInfo.ReplyFors'] });
  });

  it('reads what .NET leaves in a package: the empty date, and the path a file had on the machine of its sender', async () => {
    const xml = DOTNET.replace(
      '<edXML:DueDate xsi:nil="true" />',
      '<edXML:DueDate>0001/01/01</edXML:DueDate>',
    )
      .replace(/<edXML:AttachmentName>giay-moi/, '<edXML:AttachmentName>D:\\QLVB\\tmp\\giay-moi')
      .replace('<AttachmentName>giay-moi', '<AttachmentName>D:\\QLVB\\tmp\\giay-moi');

    const parsed = await parseAll(xml);
    const slash = await parseAll(DOTNET.replaceAll('giay-moi.pdf', '15/GM-TTM.pdf'));

    const message = parsed.message as EdxmlDocument;
    expect(codesOf(parsed)).to.deep.equal({ errors: [], warnings: [] });
    expect(message.dueDate).to.equal(undefined);
    expect(message.attachments[0]?.name).to.equal('giay-moi.pdf');
    expect((slash.message as EdxmlDocument).attachments[0]?.name).to.equal('15/GM-TTM.pdf');
  });

  it('takes a status in either order of its fields', async () => {
    const status = (fields: string): string =>
      `<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016" xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:edXMLEnvelope><edXML:edXMLHeader><edXML:MessageHeader>${fields}</edXML:MessageHeader></edXML:edXMLHeader></edXML:edXMLEnvelope></edXML>`;
    const from =
      '<edXML:From><edXML:OrganId>000.00.13.H99</edXML:OrganId><edXML:OrganName>Sở Mẫu</edXML:OrganName></edXML:From>';
    const about =
      '<edXML:ResponseFor><edXML:OrganId>000.00.00.G98</edXML:OrganId><edXML:Code>1/VP</edXML:Code><edXML:PromulgationDate>2026/10/30</edXML:PromulgationDate><edXML:DocumentId>x</edXML:DocumentId></edXML:ResponseFor>';
    const rest =
      '<edXML:StatusCode>16</edXML:StatusCode><edXML:Timestamp>2026/11/01 08:00:00</edXML:Timestamp>';

    const one = await parseAll(status(from + about + rest));
    const other = await parseAll(status(rest + about + from));

    expect(one.message).to.deep.equal(other.message);
    expect((one.message as EdxmlStatus).statusCode).to.equal('16');
    expect(codesOf(other)).to.deep.equal({ errors: [], warnings: [] });
  });

  it('says in Vietnamese what breaks the XML, with its place', async () => {
    for (const [xml, words] of [
      [DOTNET.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', ''), 'chưa khai báo: "xlink"'],
      [DOTNET.replace('</edXML:Code>', '</edXML:Cod>'), 'thẻ đóng không khớp với <edXML:Code> mở ở dòng 8'],
      [`\n${DOTNET}`, 'có ký tự trước khai báo XML'],
      [DOTNET.replace('&quot;', '&nbsp;'), 'thực thể chưa khai báo'],
      [DOTNET.slice(0, 900), 'tệp bị cắt cụt'],
    ] as const) {
      const failure = await parseAll(xml).then(
        () => expect.fail(`${words}: was read`),
        (cause: { vi: string; details: { line?: number; column?: number } }) => cause,
      );

      expect(failure.vi).to.contain(words);
      expect(failure.details.line, words).to.be.a('number');
      expect(failure.details.column, words).to.be.a('number');
    }
  });

  it('bounds an archive whose sizes lie, wherever a maker puts them', async () => {
    const bomb = makeZip([
      { name: 'a.pdf', data: deflateRawSync(Buffer.alloc(1)), statedSize: 0xfffffff0 },
    ]).toString('base64');

    const failure = await parseAll(DOTNET.replace(FILE.toString('base64'), bomb)).then(
      () => expect.fail('was read'),
      (cause: { code: string }) => cause,
    );

    expect(failure.code).to.equal('EDXML_ZIP_BROKEN');
  });
});
