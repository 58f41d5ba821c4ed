/** What stands between the tags of an attachment's content, as base64 and as an archive around the file. */
import { expect } from 'chai';
import { type EdxmlDocument, judgeEdxml, PackageError } from '../../../src/packages/index.ts';
import { packageWithContent, parseAll } from '../support/package.ts';
import { makeZip } from '../support/zip.ts';

const FILE = Buffer.from('%PDF-1.7 nội dung', 'utf8');

/** The code a package is refused with; '' when it is read. */
async function refusal(xml: string, chunkBytes = 100_000): Promise<string> {
  try {
    await parseAll(xml, { chunkBytes });
    return '';
  } catch (error) {
    if (error instanceof PackageError) return error.code;
    throw error;
  }
}

describe('reading attachment contents', () => {
  const base64 = FILE.toString('base64');
  const forms: [string, string][] = [
    ['plain base64', base64],
    ['lines of 76 with LF', `\n${base64.replace(/(.{8})/g, '$1\n')}\n`],
    ['lines with CRLF as references', base64.replace(/(.{8})/g, '$1&#xD;\n')],
    ['decimal references', base64.replace(/(.{8})/g, '$1&#13;&#10;')],
    ['characters written as references', base64.replace(/^./, (first) => `&#${first.charCodeAt(0)};`)],
    ['a CDATA section', `<![CDATA[${base64}]]>`],
    [
      'two CDATA sections and text',
      `<![CDATA[${base64.slice(0, 7)}]]>${base64.slice(7, 12)}<![CDATA[${base64.slice(12)}]]>`,
    ],
    [
      'comments and processing instructions',
      `<!-- lô 1 -->${base64.slice(0, 6)}<!----><?lo 2?>${base64.slice(6)}<?x?>`,
    ],
  ];
  for (const [name, content] of forms) {
    it(`takes ${name}, in chunks of every size`, async () => {
      const xml = await packageWithContent(content);

      for (const chunkBytes of [1, 3, 17, 100_000]) {
        const { files, message } = await parseAll(xml, { chunkBytes });
        expect(files.get('f1')).to.deep.equal(FILE);
        expect((message as EdxmlDocument).attachments[0]?.wasZipped).to.equal(false);
      }
    });
  }

  it('refuses base64 that lost its + to a form, and no other white space', async () => {
    const bytes = Buffer.from([1, 2, 0xfb, 0xef, 0xbe, 9, 7, 0xff, 0xbe, 3, 4, 5]);
    const whole = bytes.toString('base64');
    expect(whole).to.include('+');
    const lost = whole.replaceAll('+', ' ');
    const laidOut = whole.replace(/(.{5})/g, '$1\n   ');

    for (const chunkBytes of [1, 3, 100_000]) {
      expect(await refusal(await packageWithContent(lost), chunkBytes)).to.equal('EDXML_BAD_BASE64');
      const { files } = await parseAll(await packageWithContent(`   ${laidOut}   `), { chunkBytes });
      expect(files.get('f1')).to.deep.equal(bytes);
    }
    const grouped = await parseAll(await packageWithContent(whole.replace(/(.{4})/g, '$1 ')));
    expect(grouped.files.get('f1')).to.deep.equal(bytes);
  });

  it('finds the content behind a start tag, comments and texts made to hide it', async () => {
    const xml = await packageWithContent(base64);
    const hidden = xml
      .replace(
        '<edXML:ContentTransferEncoded ',
        '<edXML:ContentTransferEncoded note="a>b >" other=\'<\' '.replace("<'", "&lt;'"),
      )
      .replace(
        '<Attachment>',
        '<Attachment><!-- <edXML:ContentTransferEncoded > <ContentTransferEncoded/> -->',
      )
      .replace('Công văn', 'ContentTransferEncoded > ContentTransferEncoded');

    for (const chunkBytes of [1, 2, 5, 23, 100_000]) {
      const { files, message } = await parseAll(hidden, { chunkBytes });
      expect(files.get('f1')).to.deep.equal(FILE);
      expect((message as EdxmlDocument).documentType.typeName).to.equal(
        'ContentTransferEncoded > ContentTransferEncoded',
      );
    }
  });

  it('takes no file from elsewhere in the package for one of its own', async () => {
    const xml = await packageWithContent(base64);
    const encoded = /<AttachmentEncoded>[\s\S]*<\/AttachmentEncoded>/.exec(xml)?.[0] ?? '';
    const other = encoded.replace(base64, Buffer.from('tệp khác').toString('base64'));
    const moved = xml.replace('<edXML:Appendixes>', `<edXML:Appendixes>${other}`);

    const { contents, message } = await parseAll(moved);

    expect(moved).not.to.equal(xml);
    expect([...contents.entries()]).to.deep.equal([[0, FILE]]);
    expect((message as EdxmlDocument).attachments).to.have.length(1);
    expect((message as EdxmlDocument).attachments[0]?.sizeBytes).to.equal(FILE.length);
  });

  for (const descriptor of [undefined, 'signed', 'bare', 'zip64'] as const) {
    it(`unzips an envelope with ${descriptor ?? 'no'} data descriptor`, async () => {
      const zip = makeZip([
        {
          name: '32da2890-1a55-4ccd-9ac9-cd0d98559e67.pdf',
          data: FILE,
          ...(descriptor ? { descriptor } : {}),
        },
      ]);
      const xml = await packageWithContent(zip.toString('base64'));

      for (const chunkBytes of [1, 50, 100_000]) {
        const { files, message } = await parseAll(xml, { chunkBytes });
        expect(files.get('f1')).to.deep.equal(FILE);
        expect((message as EdxmlDocument).attachments[0]).to.include({
          wasZipped: true,
          sizeBytes: FILE.length,
        });
      }
    });
  }

  it('unzips a stored entry and an empty file', async () => {
    for (const data of [FILE, Buffer.alloc(0)]) {
      const zip = makeZip([{ name: 'a.pdf', data, stored: true }]);
      const { files } = await parseAll(await packageWithContent(zip.toString('base64')));
      expect(files.get('f1')).to.deep.equal(data);
    }
  });

  it('unzips a stored file of a writer that could not go back, with what looks like its end in it', async () => {
    const marks = Buffer.concat([
      FILE,
      Buffer.from('PK\x07\x08'),
      Buffer.alloc(30),
      Buffer.from('PK\x07'),
      FILE,
    ]);
    for (const descriptor of ['signed', 'zip64'] as const)
      for (const data of [FILE, marks, Buffer.alloc(0)]) {
        const zip = makeZip([{ name: 'a.pdf', data, stored: true, descriptor }]);
        for (const chunkBytes of [1, 7, 100_000]) {
          const { files } = await parseAll(await packageWithContent(zip.toString('base64')), { chunkBytes });
          expect(files.get('f1')).to.deep.equal(data);
        }
      }
    const cut = makeZip([{ name: 'a.pdf', data: FILE, stored: true, descriptor: 'bare' }]);
    expect(await refusal(await packageWithContent(cut.toString('base64')))).to.equal('EDXML_ZIP_UNSUPPORTED');
  });

  it('passes over the rest of a buffer behind an archive, and over nothing else', async () => {
    const zip = makeZip([{ name: 'a.pdf', data: FILE }]);
    for (const rest of [Buffer.alloc(7), Buffer.from('\r\n'), Buffer.alloc(600_000)]) {
      const { files } = await parseAll(
        await packageWithContent(Buffer.concat([zip, rest]).toString('base64')),
      );
      expect(files.get('f1')).to.deep.equal(FILE);
    }
    for (const rest of [Buffer.from('x'), Buffer.concat([Buffer.alloc(600_000), zip])]) {
      const content = Buffer.concat([zip, rest]).toString('base64');
      expect(await refusal(await packageWithContent(content))).to.match(/^EDXML_ZIP_(BROKEN|ENTRIES)$/);
    }
  });

  it('refuses an archive in which readers that begin at its end would find another file', async () => {
    const zip = makeZip([{ name: 'a.pdf', data: FILE }]);
    const elsewhere = Buffer.from(zip);
    elsewhere.writeUInt32LE(3, zip.indexOf('PK\x01\x02') + 42);
    const commented = Buffer.concat([zip, zip]);
    commented.writeUInt16LE(zip.length, zip.length - 2);

    for (const bad of [elsewhere, commented])
      expect(await refusal(await packageWithContent(bad.toString('base64')))).to.match(
        /^EDXML_ZIP_(BROKEN|ENTRIES)$/,
      );
  });

  it('leaves files alone that are archives themselves', async () => {
    const docx = makeZip([
      { name: '[Content_Types].xml', data: FILE },
      { name: 'word/document.xml', data: FILE },
    ]);
    const plain = makeZip([
      { name: 'a.txt', data: FILE },
      { name: 'b.txt', data: FILE },
    ]);
    const single = makeZip([{ name: 'to-khai.pdf', data: FILE }]);
    for (const [name, bytes] of [
      ['a.docx', docx],
      ['khong-duoi', docx],
      ['a.zip', plain],
      ['b.ZIP', single],
    ] as const) {
      const { files, message } = await parseAll(await packageWithContent(bytes.toString('base64'), name));
      expect(files.get('f1')).to.deep.equal(bytes);
      expect((message as EdxmlDocument).attachments[0]?.wasZipped).to.equal(false);
    }
  });

  it('knows an archive sent as such also where its own name stands behind its content', async () => {
    const archive = makeZip([
      { name: 'a.txt', data: FILE },
      { name: 'b.txt', data: FILE },
    ]);
    const xml = await packageWithContent(archive.toString('base64'), 'phu-luc.zip');
    const content =
      /<edXML:ContentTransferEncoded[\s\S]*<\/edXML:ContentTransferEncoded>/.exec(xml)?.[0] ?? '';
    const identifier = '<ContentId>cid:f1</ContentId>';
    const contentFirst = xml.replace(content, '').replace('<Attachment>', `<Attachment>${content}`);
    const nameLast = contentFirst
      .replace(identifier, '')
      .replace('<Attachment>', `<Attachment>${identifier}`);

    for (const turned of [contentFirst, nameLast]) {
      const { files, message } = await parseAll(turned);
      expect(files.get('f1')).to.deep.equal(archive);
      expect((message as EdxmlDocument).attachments[0]).to.include({ name: 'phu-luc.zip', wasZipped: false });
    }
  });

  it('refuses, also on arrival, a file that one reader finds and another does not', async () => {
    const xml = await packageWithContent('YWJj', 'a.pdf');
    for (const [from, to, code] of [
      [
        '<edXML:ContentTransferEncoded xmlns:edXML="[^"]*">',
        '<edXML:ContentTransferEncoded xmlns:edXML="urn:x">',
        'M.AttachmentEncoded.Attachment.ContentTransferEncoded',
      ],
      [
        '<ContentId>cid:f1</ContentId>',
        '<ContentId><b>cid:f1</b></ContentId>',
        'T.AttachmentEncoded.Attachment.ContentId',
      ],
    ] as const) {
      const parsed = await parseAll(xml.replace(new RegExp(from), to));
      const { errors } = judgeEdxml(parsed, { now: new Date('2026-11-20T03:00:00Z'), stage: 'arrival' });
      expect(
        errors.map((fault) => fault.code),
        code,
      ).to.include(code);
    }
  });

  it('unzips an envelope around a file that is an archive itself', async () => {
    const inner = makeZip([
      { name: '[Content_Types].xml', data: FILE },
      { name: 'word/document.xml', data: FILE },
    ]);
    const outer = makeZip([{ name: '32da2890-1a55-4ccd-9ac9-cd0d98559e67.docx', data: inner }]);

    const { files } = await parseAll(await packageWithContent(outer.toString('base64'), 'a.docx'));

    expect(files.get('f1')).to.deep.equal(inner);
  });
});
