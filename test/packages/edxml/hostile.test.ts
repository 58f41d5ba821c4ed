import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import {
  buildEdxml,
  type EdxmlLimits,
  type PackageError,
  type PackageErrorCode,
  parseEdxml,
} from '../../../src/packages/index.ts';
import { collect, failureOf, streamOf } from '../support/bytes.ts';
import { describe as describeFile, packageWithContent, parseAll, sourceOf } from '../support/package.ts';
import { sampleDocument } from '../support/samples.ts';
import { makeZip, type ZipEntry } from '../support/zip.ts';

async function built(): Promise<string> {
  return (await collect(buildEdxml(sampleDocument()))).toString('utf8');
}

async function refused(
  xml: string | Uint8Array,
  code: PackageErrorCode,
  limits: Partial<EdxmlLimits> = {},
): Promise<PackageError> {
  for (const chunkBytes of [1, 1000]) {
    const bytes = typeof xml === 'string' ? Buffer.from(xml) : xml;
    if (chunkBytes === 1 && bytes.length > 300_000) continue;
    await failureOf(() => parseAll(bytes, { limits, chunkBytes }), code);
  }
  return failureOf(() => parseAll(xml, { limits }), code);
}

describe('refusing hostile XML', () => {
  it('names line and column of text before the declaration', async () => {
    const error = await refused(`1212${await built()}`, 'EDXML_NOT_WELL_FORMED');

    expect(error.details).to.include({ line: 1, column: 1 });
    expect(error.vi).to.contain('dòng 1, cột 1');
    expect(error.en).to.contain('line 1, column 1');
  });

  it('names line and column of a wrong end tag, also behind a long attachment', async () => {
    const xml = await packageWithContent(
      randomBytes(200_000)
        .toString('base64')
        .replace(/(.{1000})/g, '$1\n'),
    );
    const broken = xml.replace('</Attachment>', '</Attachmen>');
    const place = broken.slice(0, broken.indexOf('</Attachmen>') + '</Attachmen>'.length).split('\n');

    const error = await refused(broken, 'EDXML_NOT_WELL_FORMED');

    expect(error.details).to.include({ line: place.length, column: place.at(-1)?.length });
  });

  it('refuses a DOCTYPE before anything in it counts', async () => {
    const xml = await built();
    const bomb =
      '<!DOCTYPE edXML [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>';

    await refused(xml.replace('<edXML ', `${bomb}<edXML `), 'EDXML_DTD_REFUSED');
    await refused(xml.replace('<edXML ', '<!DOCTYPE edXML><edXML '), 'EDXML_DTD_REFUSED');
    await refused(
      xml.replace('<edXML ', `<!DOCTYPE edXML [${'<!ENTITY a "b">'.repeat(10_000)}]><edXML `),
      'EDXML_DTD_REFUSED',
    );
  });

  it('refuses an entity nobody declared', async () => {
    await refused((await built()).replace('Công văn', '&xxe;'), 'EDXML_NOT_WELL_FORMED');
  });

  it('refuses elements nested past the limit', async () => {
    const deep = `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`;

    await refused(
      (await built()).replace('</edXML:MessageHeader>', `${deep}</edXML:MessageHeader>`),
      'EDXML_TOO_DEEP',
    );
  });

  it('refuses more elements than the limit', async () => {
    const many = '<a/>'.repeat(10_001);

    await refused(
      (await built()).replace('</edXML:MessageHeader>', `${many}</edXML:MessageHeader>`),
      'EDXML_TOO_MANY_ELEMENTS',
    );
  });

  it('refuses too many attributes and a giant attribute', async () => {
    const many = Array.from({ length: 65 }, (_, index) => ` a${index}="1"`).join('');
    const xml = await built();

    await refused(xml.replace('<edXML:Subject>', `<edXML:Subject${many}>`), 'EDXML_TOO_MANY_ATTRIBUTES');
    await refused(
      xml.replace('<edXML:Subject>', `<edXML:Subject a="${'x'.repeat(70_000)}">`),
      'EDXML_FIELD_TOO_LONG',
    );
  });

  it('refuses a field, a comment or a tag longer than the limit without gathering it', async () => {
    const xml = await built();
    const long = 'x'.repeat(3_000_000);

    await refused(xml.replace('Công văn', long), 'EDXML_FIELD_TOO_LONG');
    await refused(xml.replace('Công văn', `<!--${long}-->`), 'EDXML_FIELD_TOO_LONG');
    await refused(xml.replace('Công văn', `<![CDATA[${long}]]>`), 'EDXML_FIELD_TOO_LONG');
    await refused(xml.replace('Công văn', `<${long}>`), 'EDXML_FIELD_TOO_LONG');
    await refused(
      xml.replace('Công văn', `${'x'.repeat(40_000)}<!-- -->${'x'.repeat(40_000)}`),
      'EDXML_FIELD_TOO_LONG',
    );
  });

  it('refuses more text in all than the limit', async () => {
    await refused(await built(), 'EDXML_TOO_LARGE', { maxTextChars: 1000 });
    await refused(await built(), 'EDXML_TOO_LARGE', { maxPackageBytes: 1000 });
  });

  it('bounds the places where content could start', async () => {
    const flood = '<!--ContentTransferEncoded>>>>-->'.repeat(5000);

    await refused((await built()).replace('Công văn', flood), 'EDXML_TOO_MANY_ELEMENTS');
    await refused((await built()).replace('Công văn', '<!-- -->'.repeat(2_000_000)), 'EDXML_TOO_LARGE');
  });

  it('refuses another encoding, declared or not', async () => {
    const xml = await built();

    await refused(xml.replace('UTF-8', 'windows-1258'), 'EDXML_BAD_ENCODING');
    await refused(Buffer.from(xml, 'latin1'), 'EDXML_BAD_ENCODING');
  });

  it('refuses an encoding other than the declared one, and half a character at the end', async () => {
    const xml = await built();
    const wide = Buffer.from(`\ufeff${xml}`, 'utf16le');
    const declared = Buffer.from(`\ufeff${xml.replace('UTF-8', 'UTF-16')}\n`, 'utf16le');

    const { vi } = await failureOf(() => parseAll(wide), 'EDXML_BAD_ENCODING');
    expect(vi).to.contain('khai báo XML ghi UTF-8');
    await refused(Buffer.from(wide).swap16(), 'EDXML_BAD_ENCODING');
    await refused(Buffer.from(xml.replace('UTF-8', 'utf-16')), 'EDXML_BAD_ENCODING');
    await refused(declared.subarray(0, -1), 'EDXML_BAD_ENCODING');
    expect((await parseAll(declared)).message.kind).to.equal('document');
  });

  it('says where half a character of UTF-16 stands', async () => {
    const bytes = Buffer.from(`\ufeff${(await built()).replace('UTF-8', 'UTF-16')}`, 'utf16le');
    bytes.writeUInt16LE(0xd83d, bytes.length - 4);

    const { details } = await failureOf(() => parseAll(bytes, { chunkBytes: 100 }), 'EDXML_BAD_ENCODING');
    expect(details.line).to.be.greaterThan(10);
  });

  it('refuses letters beyond ASCII in a file that says it is ASCII, near its head or far from it', async () => {
    const xml = (await built()).replace('UTF-8', 'us-ascii');
    const plain = xml.replace(/[^\0-\x7f]/g, '?');

    await refused(xml, 'EDXML_BAD_ENCODING');
    await refused(
      `${plain}<!--${' '.repeat(100_000).replace(/ {50}/g, '--><!--')}đ-->`,
      'EDXML_BAD_ENCODING',
    );
    expect((await parseAll(plain)).message.kind).to.equal('document');
  });

  it('refuses characters XML forbids', async () => {
    await refused((await built()).replace('Công văn', '\u0001'), 'EDXML_NOT_WELL_FORMED');
    await refused((await built()).replace('Công văn', '&#0;'), 'EDXML_NOT_WELL_FORMED');
  });

  it('refuses other XML, and nothing at all', async () => {
    await refused('<html/>', 'EDXML_NOT_EDXML');
    await refused('<edXML xmlns="urn:other"/>', 'EDXML_NOT_EDXML');
    await refused('<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"/>', 'EDXML_NOT_EDXML');
    await refused('', 'EDXML_NOT_WELL_FORMED');
    await refused('   ', 'EDXML_NOT_WELL_FORMED');
  });

  it('refuses a package cut at any byte', async () => {
    const zip = makeZip([{ name: 'a.pdf', data: Buffer.from('nội dung'), descriptor: 'signed' }]);
    const xml = Buffer.from((await packageWithContent(zip.toString('base64'))).trimEnd());

    for (let length = 0; length < xml.length; length += 7) {
      const error = await failureOf(() => parseAll(xml.subarray(0, length)));
      expect(error.code).to.match(/^EDXML_(NOT_WELL_FORMED|BAD_ENCODING)$/);
    }
  });
});

describe('refusing hostile attachments', () => {
  const data = Buffer.from('nội dung '.repeat(100));

  async function zipRefused(
    entries: ZipEntry[],
    code: PackageErrorCode,
    limits: Partial<EdxmlLimits> = {},
  ): Promise<void> {
    const error = await refused(await packageWithContent(makeZip(entries).toString('base64')), code, limits);
    expect(error.details.path).to.equal('AttachmentEncoded.Attachment[1]');
    expect(error.details.line).to.be.greaterThan(1);
  }

  for (const [name, content] of [
    ['a foreign character', 'AAAA*AAA'],
    ['both alphabets cut short', 'AA-_A'],
    ['data after padding', 'AAA=AAAA'],
    ['too much padding', 'A==='],
    ['half its padding', 'AAAAAA='],
    ['a lone character', 'AAAAA'],
    ['letters outside ASCII', 'AAAđ'],
    ['a no-break space', 'AAAA\u00a0AAAA'],
  ] as const) {
    it(`refuses base64 with ${name}`, async () => {
      await refused(await packageWithContent(content), 'EDXML_BAD_BASE64');
    });
  }

  for (const content of [
    'AAAA<!-- a--b -->',
    'AAAA<!--->',
    'AAAA<!-- \u0001 -->',
    'AAAA<?xml x?>',
    'AAAA<? x?>',
    'AAAA<!DOCTYPE x>',
    'AAAA<b/>',
    'AAAA&nope;',
    'AAAA&#xD800;',
    'AAAA&aaaaaaaaaaaaaaaaaaaaaa',
  ]) {
    it(`refuses ${content.slice(4)} inside the content`, async () => {
      await refused(await packageWithContent(content), 'EDXML_NOT_WELL_FORMED');
    });
  }

  it('refuses an expansion past the ratio', async () => {
    const entry = { name: 'a.pdf', data: Buffer.alloc(4_000_000) };

    await zipRefused([entry], 'EDXML_ZIP_BOMB', { zipRatioFreeBytes: 100_000 });
    await zipRefused([{ ...entry, statedSize: 10 }], 'EDXML_ZIP_BOMB', { zipRatioFreeBytes: 100_000 });
  });

  it('refuses a file over the size limit, zipped or not, alone or in sum', async () => {
    const limits = { maxAttachmentBytes: 500 };
    await zipRefused([{ name: 'a.pdf', data }], 'EDXML_TOO_LARGE', limits);
    await zipRefused([{ name: 'a.pdf', data, stored: true }], 'EDXML_TOO_LARGE', limits);
    await refused(await packageWithContent(data.toString('base64')), 'EDXML_TOO_LARGE', limits);
    const message = {
      ...sampleDocument(),
      attachments: ['a', 'b'].map((id) => describeFile(id, 'x.pdf', data)),
    };
    const xml = await collect(buildEdxml(message, [sourceOf('a', data), sourceOf('b', data)]));
    await refused(xml, 'EDXML_TOO_LARGE', { maxTotalAttachmentBytes: data.length * 2 - 1 });
    await parseAll(xml, { limits: { maxTotalAttachmentBytes: data.length * 2 } });
  });

  it('refuses more attachments than the limit', async () => {
    await refused(await packageWithContent('AAAA'), 'EDXML_TOO_MANY_ATTACHMENTS', { maxAttachments: 0 });
  });

  it('refuses a second entry, near or far', async () => {
    await zipRefused(
      [
        { name: 'a.pdf', data },
        { name: 'b.pdf', data },
      ],
      'EDXML_ZIP_ENTRIES',
    );
    await zipRefused(
      [
        { name: 'a.pdf', data, descriptor: 'signed' },
        { name: 'b.pdf', data },
      ],
      'EDXML_ZIP_ENTRIES',
    );
    await zipRefused(
      [
        { name: 'a.pdf', data },
        { name: 'b.pdf', data: randomBytes(400_000) },
      ],
      'EDXML_ZIP_ENTRIES',
    );
  });

  for (const name of ['../../etc/passwd', '/etc/passwd', 'C:a.pdf', 'a\\b.pdf', 'a\u0000.pdf', '..', '']) {
    it(`refuses the entry name ${JSON.stringify(name)}`, async () => {
      await zipRefused([{ name, data }], 'EDXML_ZIP_UNSAFE_NAME');
    });
  }

  it('refuses an encrypted entry and an unknown method', async () => {
    await zipRefused([{ name: 'a.pdf', data, flags: 1 }], 'EDXML_ZIP_UNSUPPORTED');
    await zipRefused([{ name: 'a.pdf', data, method: 93 }], 'EDXML_ZIP_UNSUPPORTED');
  });

  it('refuses an archive that lies about its checksum, size or name', async () => {
    await zipRefused([{ name: 'a.pdf', data, crc: 1 }], 'EDXML_ZIP_BROKEN');
    await zipRefused([{ name: 'a.pdf', data, crc: 1, descriptor: 'signed' }], 'EDXML_ZIP_BROKEN');
    await zipRefused([{ name: 'a.pdf', data, statedSize: 7 }], 'EDXML_ZIP_BROKEN');
    await zipRefused([{ name: 'a.pdf', data, centralName: 'b.pdf' }], 'EDXML_ZIP_BROKEN');
  });

  it('refuses an archive cut at any byte', async () => {
    const zip = makeZip([{ name: 'a.pdf', data, descriptor: 'signed' }]);

    for (let length = 4; length < zip.length; length += 1) {
      const cut = zip.subarray(0, length);
      const xml = await packageWithContent(cut.toString('base64'));
      // Shorter than its first header it is no archive, only bytes that start alike.
      if (length < 30 + 'a.pdf'.length) expect((await parseAll(xml)).files.get('f1')).to.deep.equal(cut);
      else await failureOf(() => parseAll(xml), 'EDXML_ZIP_BROKEN');
    }
  });

  it('refuses bytes after the end of the archive', async () => {
    const zip = makeZip([{ name: 'a.pdf', data }]);

    await refused(
      await packageWithContent(Buffer.concat([zip, Buffer.from('x')]).toString('base64')),
      'EDXML_ZIP_BROKEN',
    );
  });

  it('tells the open sink to abort, once, and passes on what a sink or the source throws', async () => {
    const xml = await packageWithContent('AAAA*AAA');
    const calls: string[] = [];
    const sink = (fail?: Error) => ({
      write: () => {
        calls.push('write');
        if (fail) throw fail;
      },
      end: () => void calls.push('end'),
      abort: () => void calls.push('abort'),
    });
    const full = new Error('disk full');
    const lost = new Error('connection lost');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(xml.slice(0, xml.indexOf('AAAA*') + 4));
      throw lost;
    }
    const caught = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        (error: unknown) => error,
      );

    await failureOf(() => parseEdxml(streamOf(xml), { openAttachment: () => sink() }), 'EDXML_BAD_BASE64');
    expect(calls.splice(0)).to.deep.equal(['abort']);
    const good = await packageWithContent('AAAA');
    expect(await caught(parseEdxml(streamOf(good), { openAttachment: () => sink(full) }))).to.equal(full);
    expect(calls.splice(0)).to.deep.equal(['write', 'abort']);
    expect(await caught(parseEdxml(breaking(), { openAttachment: () => sink() }))).to.equal(lost);
    expect(calls.splice(0).at(-1)).to.equal('abort');
  });
});
