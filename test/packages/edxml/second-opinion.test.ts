/** fast-xml-parser, which many document systems read packages with, as a second reader of the edXML we build. */
import { expect } from 'chai';
import { XMLParser } from 'fast-xml-parser';
import { buildEdxml, type EdxmlDocument } from '../../../src/packages/index.ts';

const MESSAGE: EdxmlDocument = {
  kind: 'document',
  from: { organId: '000.00.32.H99', organName: 'UBND huyện Mẫu & <các> xã' },
  to: [
    { organId: '000.00.13.H99', organName: 'Sở Nội vụ' },
    { organId: '000.00.00.G98', organName: 'Bộ Thử Nghiệm' },
  ],
  documentId: '000.00.32.H99,2026/11/05,12/UBND-VP',
  code: { codeNumber: '12', codeNotation: 'UBND-VP' },
  promulgationInfo: { place: 'Mẫu', promulgationDate: '2026-11-05' },
  documentType: { type: 2, typeDetail: 0, typeName: 'Công văn' },
  subject: 'V/v đọc bằng thư viện khác',
  responseFor: [],
  traceHeaders: [{ organId: '000.00.32.H99', timestamp: '2026-11-05T08:00:00+07:00' }],
  business: { businessDocType: 0, paper: 0 },
  attachments: [
    {
      contentId: 'b6a0c1de-0000-4000-8000-000000000001',
      name: 'a.txt',
      contentType: 'text/plain',
      sha256: '',
      sizeBytes: 0,
      wasZipped: false,
    },
  ],
};

describe('edXML read by fast-xml-parser', () => {
  it('holds the same values under the wire names with their prefix', async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of buildEdxml(MESSAGE, [
      {
        contentId: 'b6a0c1de-0000-4000-8000-000000000001',
        open: async function* () {
          yield Buffer.from('xin chào');
        },
        zip: false,
      },
    ]))
      chunks.push(chunk);

    const parser = new XMLParser({
      ignoreAttributes: true,
      parseTagValue: false,
      isArray: (name) => name === 'edXML:To',
    });
    const root = parser.parse(Buffer.concat(chunks).toString('utf8')).edXML;
    const header = root['edXML:edXMLEnvelope']['edXML:edXMLHeader']['edXML:MessageHeader'];

    expect(header['edXML:From']['edXML:OrganName']).to.equal('UBND huyện Mẫu & <các> xã');
    expect(header['edXML:To'].map((to: Record<string, string>) => to['edXML:OrganId'])).to.deep.equal([
      '000.00.13.H99',
      '000.00.00.G98',
    ]);
    expect(header['edXML:Code']).to.deep.equal({ 'edXML:CodeNumber': '12', 'edXML:CodeNotation': 'UBND-VP' });
    expect(header['edXML:PromulgationInfo']['edXML:PromulgationDate']).to.equal('2026/11/05');
    const attachment = root.AttachmentEncoded.Attachment;
    expect(Buffer.from(attachment['edXML:ContentTransferEncoded'], 'base64').toString('utf8')).to.equal(
      'xin chào',
    );
  });
});
