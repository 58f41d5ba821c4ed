/** What is not quite a package, told in words its sender can act on; and what can be read although another reader could not. */
import { expect } from 'chai';
import {
  buildEdxml,
  type EdxmlDocument,
  judgeEdxml,
  normalizeDocumentId,
  PackageError,
} from '../../../src/packages/index.ts';
import { collect } from '../support/bytes.ts';
import { packageWithContent, parseAll } from '../support/package.ts';
import { sampleDocument, sampleStatus } from '../support/samples.ts';

const NOW = new Date('2026-11-20T03:00:00Z');
const FILE = Buffer.from('%PDF-1.7 nội dung?>>>???~~~', 'utf8');

async function built(): Promise<string> {
  return (await collect(buildEdxml(sampleDocument()))).toString('utf8');
}

async function refusal(bytes: Uint8Array | string, chunkBytes = 65_536): Promise<PackageError> {
  try {
    await parseAll(bytes, { chunkBytes });
  } catch (cause) {
    if (cause instanceof PackageError) return cause;
    throw cause;
  }
  return expect.fail('was read');
}

async function judged(xml: string) {
  const parsed = await parseAll(xml);
  const codes = (stage: 'sending' | 'arrival') => {
    const { errors, warnings } = judgeEdxml(parsed, { now: NOW, stage });
    return {
      errors: errors.map(({ code }) => code),
      warnings: warnings.map(({ code }) => code).filter((code) => code !== 'N.AttachmentEncoded.Attachment'),
    };
  };
  return {
    ...parsed,
    document: parsed.message as EdxmlDocument,
    sending: codes('sending'),
    arrival: codes('arrival'),
  };
}

describe('what is sent in the place of a package', () => {
  for (const [name, bytes, vi, en] of [
    ['nothing at all', Buffer.alloc(0), 'tệp rỗng', 'the file is empty'],
    ['a gzip file', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), 'nén gzip', 'the file is gzip'],
    ['a ZIP archive', 'PK\x03\x04aaaaaaaa', 'tệp nén ZIP', 'ZIP archive'],
    ['a PDF', '%PDF-1.7\n%aaa', '/api/v1/documents', '/api/v1/documents'],
    ['its base64', Buffer.from('<?xml version="1.0"?><edXML/>').toString('base64'), 'base64', 'base64'],
    ['JSON', '{"data":"…"}', 'JSON', 'JSON'],
    ['itself as a JSON text', '"<edXML/>"', 'dấu nháy', 'quotes'],
    ['a form', '--bien\r\nContent-Disposition: form-data', 'multipart/form-data', 'multipart/form-data'],
    ['a text', 'xin chào', 'có ký tự trước khai báo XML', 'text before the XML declaration'],
  ] as const) {
    it(`is named when it is ${name}`, async () => {
      const error = await refusal(bytes);

      expect(error.code).to.equal('EDXML_NOT_WELL_FORMED');
      expect(error.vi).to.contain(vi);
      expect(error.en).to.contain(en);
      expect(error.details).to.include({ line: 1, column: 1 });
    });
  }

  for (const [version, namespace] of [
    ['1.1', 'http://schemas.xmlsoap.org/soap/envelope/'],
    ['1.2', 'http://www.w3.org/2003/05/soap-envelope'],
  ]) {
    it(`is named when SOAP ${version} is wrapped round it`, async () => {
      const inner = (await built()).replace(/^<\?xml[^>]*\?>\s*/, '');

      const error = await refusal(
        `<s:Envelope xmlns:s="${namespace}"><s:Body>${inner}</s:Body></s:Envelope>`,
      );

      expect(error.code).to.equal('EDXML_NOT_EDXML');
      expect(error.vi).to.contain('tệp là phong bì SOAP: gửi riêng phần tử <edXML>');
      expect(error.en).to.contain('SOAP envelope: send the <edXML> element');
    });
  }

  it('is named when it is of the first generation, in SOAP or bare', async () => {
    const soap =
      '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:edXML="http://www.e-doc.vn/Schema/"><SOAP-ENV:Header><edXML:MessageHeader/></SOAP-ENV:Header><SOAP-ENV:Body/></SOAP-ENV:Envelope>';
    const bare = (await built()).replaceAll(
      'http://www.mic.gov.vn/TBT/QCVN_102_2016',
      'http://www.e-doc.vn/Schema/',
    );

    for (const xml of [soap, bare]) {
      const error = await refusal(xml);
      expect(error.code).to.equal('EDXML_NOT_EDXML');
      expect(error.vi).to.contain('thế hệ đầu (CV 2803/BTTTT-THH)');
    }
  });

  it('is told the namespace that is meant, and the root element it has', async () => {
    const almost = (await built()).replaceAll('QCVN_102_2016"', 'QCVN_102_2016/"');

    expect((await refusal(almost)).vi).to.contain(
      'không gian tên là "http://www.mic.gov.vn/TBT/QCVN_102_2016/", phải là "http://www.mic.gov.vn/TBT/QCVN_102_2016"',
    );
    expect((await refusal('<edoc/>')).vi).to.contain('phần tử gốc là <edoc>');
  });
});

describe('base64 in other habits', () => {
  const usual = FILE.toString('base64').replace(/=+$/, '');
  const code = 'T.AttachmentEncoded.Attachment.ContentTransferEncoded';
  for (const [name, content] of [
    ['the URL alphabet', FILE.toString('base64').replaceAll('+', '-').replaceAll('/', '_')],
    ['no padding', usual],
    ['the address a browser makes of a file', `data:application/pdf;base64,${FILE.toString('base64')}`],
    ['such an address without a type, on a line of its own', `\n  DATA:;base64,${FILE.toString('base64')}\n`],
    ['no padding, in lines', `\n${usual.replace(/(.{10})/g, '$1\r\n  ')}\n`],
  ] as const) {
    it(`(${name}) is an error of its sender, and read when an axis delivers it`, async () => {
      const xml = await packageWithContent(content);

      for (const chunkBytes of [1, 7, 100_000])
        expect((await parseAll(xml, { chunkBytes })).files.get('f1')).to.deep.equal(FILE);
      const { sending, arrival } = await judged(xml);
      expect(sending.errors).to.deep.equal([code]);
      expect(arrival).to.deep.equal({ errors: [], warnings: [code] });
    });
  }
});

describe('base64 that begins like an address', () => {
  for (const content of ['data', 'dataAAAA', 'd', ' data  '])
    it(`("${content}") is base64 all the same`, async () => {
      const wanted = Buffer.from(content, 'base64');

      for (const chunkBytes of [1, 100_000]) {
        const read = parseAll(await packageWithContent(content), { chunkBytes });
        if (wanted.length === 0) expect(await read.catch(({ code }) => code)).to.equal('EDXML_BAD_BASE64');
        else expect((await read).files.get('f1')).to.deep.equal(wanted);
      }
    });

  it('is refused where the address is of another kind, however long', async () => {
    for (const content of ['data:text/plain,abc', `data:${'a'.repeat(5_000)};base64,QUJD`, 'data:'])
      for (const chunkBytes of [1, 100_000])
        expect((await refusal(await packageWithContent(content), chunkBytes)).code).to.equal(
          'EDXML_BAD_BASE64',
        );
  });
});

describe('bytes that are no UTF-8', () => {
  it('are told with their place, and with the encoding that is declared', async () => {
    const at = (await built()).split('</edXML:Subject>');
    const xml = Buffer.concat([
      Buffer.from(at[0] ?? ''),
      Buffer.from([0xcf, 0x20]),
      Buffer.from(`</edXML:Subject>${at[1]}`),
    ]);
    const lines = (at[0] ?? '').split('\n');
    const place = { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
    const declared = Buffer.from(xml.toString('latin1').replace('UTF-8', 'windows-1258'), 'latin1');

    for (const chunkBytes of [xml.length, 100]) {
      expect((await refusal(xml, chunkBytes)).details).to.include(place);
      expect((await refusal(declared, chunkBytes)).vi).to.contain('windows-1258');
    }
  });
});

describe('characters nobody sees', () => {
  for (const [code, text] of [
    ['U+0000', '\0'],
    ['U+001A', '\x1a'],
    ['U+FFFE', '\ufffe'],
  ] as const)
    it(`(${code}) that XML forbids are named, behind the package too`, async () => {
      const xml = (await built()).toString();

      for (const broken of [`${xml}${text}`, xml.replace('</edXML:Subject>', `${text}</edXML:Subject>`)])
        expect((await refusal(broken)).vi).to.contain(`có ký tự không được phép: ${code}`);
    });

  for (const [name, unseen] of [
    ['U+200B', '\u200b'],
    ['U+00A0', '\u00a0'],
    ['U+FEFF', '\ufeff'],
    ['U+202A', '\u202a'],
  ] as const) {
    it(`(${name}) in an agency code are an error of its sender, and read past when an axis delivers them`, async () => {
      const xml = (await built()).replace('>000.00.13.H53<', `>${unseen}000.00.13.H53${unseen}<`);

      const { document, errors, sending, arrival } = await judged(xml);

      expect(document.to[0]?.organId).to.equal('000.00.13.H53');
      expect(sending.errors).to.deep.equal(['R.MessageHeader.To.OrganId']);
      expect(arrival).to.deep.equal({ errors: [], warnings: ['R.MessageHeader.To.OrganId'] });
      expect(errors[0]).to.include({ path: 'MessageHeader.To[1].OrganId' });
      expect(errors[0]?.vi).to.contain(name);
      expect(errors[0]?.line).to.be.a('number');
    });
  }

  it('in an identifier stay there, are told, and do not make it another document', async () => {
    const id = sampleDocument().documentId;
    const { document, sending } = await judged(
      (await built()).replace(`>${id}<`, `>\u200b${id.replace('/UBND', '/\u00a0UBND')}\u200b<`),
    );

    expect(sending).to.deep.equal({ errors: [], warnings: ['R.MessageHeader.DocumentId'] });
    expect(document.documentId).to.contain('\u200b');
    expect(normalizeDocumentId(document.documentId)).to.equal(normalizeDocumentId(id));
  });

  it('in number, notation and status code are read past and told', async () => {
    const xml = (await built()).replace('>UBND-NC<', '>UBND-NC\u200b<').replace('>12<', '>\u00a012<');
    const status = (await collect(buildEdxml(sampleStatus()))).toString('utf8');

    const { document, sending } = await judged(xml);
    const answered = await judged(status.replace(/(<edXML:StatusCode>)/, '$1\u200b'));

    expect(document.code).to.deep.equal({ codeNumber: '12', codeNotation: 'UBND-NC' });
    expect(sending.errors).to.deep.equal([]);
    expect(sending.warnings).to.deep.equal([
      'R.MessageHeader.Code.CodeNumber',
      'R.MessageHeader.Code.CodeNotation',
    ]);
    expect(answered.message).to.include({ statusCode: sampleStatus().statusCode });
    expect(answered.sending.warnings).to.deep.equal(['R.MessageHeader.StatusCode']);
  });
});

describe('values a maker lays out', () => {
  it('are told where a code is broken into lines, and read as one line when an axis delivers them', async () => {
    const xml = (await built())
      .replace('>UBND-NC<', '>\r\n  UBND-\r\n\tNC  <')
      .replace('>12<', '>\n12&#13;\n<');

    const { document, sending, arrival } = await judged(xml);

    expect(document.code).to.deep.equal({ codeNumber: '12', codeNotation: 'UBND- NC' });
    expect(sending.errors).to.deep.equal(['R.MessageHeader.Code.CodeNotation']);
    expect(arrival.errors).to.deep.equal([]);
    expect((await collect(buildEdxml(document))).toString()).to.contain('<edXML:CodeNotation>UBND- NC<');
  });

  it('are told where the name of their element has other capitals: no reader would hear them', async () => {
    const xml = (await built()).replaceAll('edXML:Priority>', 'edXML:priority>');

    const { errors, sending, arrival } = await judged(xml);

    expect(sending.errors).to.deep.equal(['N.MessageHeader.OtherInfo.Priority']);
    expect(arrival.errors).to.deep.equal([]);
    expect(errors[0]?.vi).to.contain('Priority, không phải priority');
    expect(errors[0]?.line).to.be.a('number');
  });

  it('are no dates where they are empty, and not written again', async () => {
    const nil = '<edXML:DueDate xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>';
    const xml = (await built()).replace(/<edXML:DueDate>.*?<\/edXML:DueDate>/, nil);

    const { document, sending } = await judged(xml);

    expect(document.dueDate).to.equal(undefined);
    expect(sending.errors).to.deep.equal([]);
    expect((await collect(buildEdxml(document))).toString()).to.not.contain('DueDate');
  });

  for (const written of ['&lt;cid:f1&gt;', 'cid%3Af1', 'CID:&lt;f1&gt;', 'cid: &lt;cid:f1&gt; ']) {
    it(`name a file in the manner of mail or of addresses (${written}), and are written as the axis does`, async () => {
      const xml = (await packageWithContent(FILE.toString('base64'))).replaceAll('>cid:f1<', `>${written}<`);

      const { document, sending } = await judged(xml);
      const files = [{ contentId: 'f1', open: () => once(FILE) }];
      const again = (await collect(buildEdxml(document, files))).toString();

      expect(document.attachments[0]?.contentId).to.equal('f1');
      expect(sending.errors).to.deep.equal([]);
      expect(again.match(/>cid:f1</g)).to.have.length(2);
    });
  }

  for (const [declared, vi] of [
    [
      'windows-1258',
      'khai báo XML ghi windows-1258, bảng mã không được nhận: hãy ghi tệp và khai báo bằng UTF-8',
    ],
    ['utf-16', 'khai báo XML ghi utf-16 nhưng tệp viết bằng utf-8: hãy sửa một trong hai'],
  ] as const)
    it(`are told what to do about a declaration of ${declared}`, async () => {
      const refused = await refusal((await built()).replace('UTF-8', declared));

      expect(refused.vi).to.contain(vi);
      expect(refused.en).to.contain(declared);
    });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('names of files', () => {
  for (const [written, name] of [
    ['=?UTF-8?B?UXV54bq/dCDEkeG7i25oLnBkZg==?=', 'Quyết định.pdf'],
    ['=?utf-8?Q?Quy=E1=BA=BFt_=C4=91=E1=BB=8Bnh.pdf?=', 'Quyết định.pdf'],
    ['=?utf-8?B?UXV54bo=?= =?utf-8?B?v3QucGRm?=', 'Quyết.pdf'],
    ['Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh.pdf', 'Quyết định.pdf'],
    ['100%25 hoàn thành.pdf', '100%25 hoàn thành.pdf'],
    ['giảm 5%ED.pdf', 'giảm 5%ED.pdf'],
    ['=?x-unknown?B?AAAA?=', '=?x-unknown?B?AAAA?='],
    ['Quyết định.pdf'.normalize('NFD'), 'Quyết định.pdf'.normalize('NFD')],
  ] as const) {
    it(`are read as people know them: ${written}`, async () => {
      const { document, sending } = await judged(await packageWithContent(FILE.toString('base64'), written));

      expect(document.attachments[0]?.name).to.equal(name);
      expect(sending.errors).to.deep.equal([]);
    });
  }
});
