/** ISO 19005-2 point by point: what of a stranger's page is refused, what is mended, and what our own file says. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { PDFDict, PDFDocument, PDFHexString, PDFName, PDFRawStream, type PDFRef } from 'pdf-lib';
import { encodePng, readImageFacts } from '../../../src/ocr/image/sharp.ts';
import { makeArchivable } from '../../../src/ocr/pdf/pdfa.ts';
import { writePdf } from '../../../src/ocr/pdf/writer.ts';
import { line, qpdfCheck } from '../support.ts';

const name = (value: string): PDFName => PDFName.of(value);

/** A page with `content` and `resources`, each of the streams registered for it. */
async function pageWith(
  content: string,
  resources: (document: PDFDocument) => object = () => ({}),
): Promise<PDFDocument> {
  const document = await PDFDocument.create({ updateMetadata: false });
  const page = document.addPage([595, 842]);
  page.node.set(name('Resources'), document.context.obj(resources(document) as Record<string, never>));
  const drawn = document.context.register(document.context.stream(content));
  page.node.set(name('Contents'), drawn);
  return document;
}

const stream = (document: PDFDocument, body: string | Uint8Array, dict: object): PDFRef =>
  document.context.register(document.context.stream(body, dict as Record<string, never>));

const image = (document: PDFDocument, more: object, body: string | Uint8Array = '\0') => ({
  XObject: {
    Im: stream(document, body, {
      ...{ Type: 'XObject', Subtype: 'Image', Width: 1, Height: 1, BitsPerComponent: 8 },
      ...{ ColorSpace: 'DeviceGray', ...more },
    }),
  },
});

/** A JPEG 2000 file as far as its headers. */
function jpeg2000(channels: number, bits: number, space: number, colours = 1): Uint8Array {
  const box = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + body.length);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body]);
  };
  const ihdr = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 0, channels, bits, 7, 0, 0]);
  const colr = box('colr', Buffer.from([1, 0, 0, 0, 0, 0, space]));
  return Buffer.concat([
    Buffer.from('0000000c6a5020200d0a870a', 'hex'),
    box('jp2h', Buffer.concat([box('ihdr', ihdr), ...Array.from({ length: colours }, () => colr)])),
    box('jp2c', Buffer.from('ff4fff51', 'hex')),
  ]);
}

const jpx = (body: Uint8Array) => (document: PDFDocument) => image(document, { Filter: 'JPXDecode' }, body);
const spotOf = (alternate: string) => [
  'Separation',
  'Gold',
  alternate,
  { FunctionType: 2, N: 1, Domain: [0, 1] },
];

/** A simple TrueType font whose file has tables of characters for `platforms`. */
const trueType =
  (flags: number, platforms: readonly [number, number][], more: object = {}) =>
  (document: PDFDocument) => {
    const cmap = Buffer.alloc(4 + 8 * platforms.length);
    cmap.writeUInt16BE(platforms.length, 2);
    for (const [i, [platform, encoding]] of platforms.entries()) {
      cmap.writeUInt16BE(platform, 4 + 8 * i);
      cmap.writeUInt16BE(encoding, 6 + 8 * i);
    }
    const head = Buffer.alloc(28);
    head.writeUInt16BE(1, 4);
    head.write('cmap', 12, 'latin1');
    head.writeUInt32BE(28, 20);
    const FontFile2 = stream(document, Buffer.concat([head, cmap]), {});
    const FontDescriptor = { Type: 'FontDescriptor', Flags: flags, FontFile2 };
    return { Font: { F: { Type: 'Font', Subtype: 'TrueType', FontDescriptor, ...more } } };
  };
const WIN = { Encoding: 'WinAnsiEncoding' };
const differing = (BaseEncoding?: string) => ({
  Encoding: { ...(BaseEncoding && { BaseEncoding }), Differences: [128, 'Euro'] },
});

const REFUSED: [clause: string, what: string, reason: string, make: () => Promise<PDFDocument>][] = [
  [
    '6.1.7.2',
    'an LZW stream',
    'LZW or Crypt filter',
    () => pageWith('', (d) => image(d, { Filter: 'LZWDecode' })),
  ],
  [
    '6.1.7.2',
    'LZW in an inline picture',
    'LZW or Crypt filter',
    () => pageWith('BI /W 1 /H 1 /F /LZW ID x EI'),
  ],
  [
    '6.1.7.1',
    'a stream in another file',
    'stream in another file',
    () => pageWith('', (d) => image(d, { F: PDFHexString.of('61') })),
  ],
  ['6.2.4.3', 'CMYK by operator', 'CMYK colour', () => pageWith('0 0 0 1 k 1 1 9 9 re f')],
  ['6.2.4.3', 'CMYK by name', 'CMYK colour', () => pageWith('/DeviceCMYK cs 0 0 0 1 sc')],
  [
    '6.2.4.3',
    'a CMYK inline picture',
    'CMYK picture',
    () => pageWith('BI /W 1 /H 1 /BPC 8 /CS /CMYK ID xxxx EI'),
  ],
  [
    '6.2.4.3',
    'a palette over CMYK',
    'CMYK colour',
    () =>
      pageWith('', (d) =>
        image(d, { ColorSpace: ['Indexed', 'DeviceCMYK', 0, PDFHexString.of('00000000')] }),
      ),
  ],
  [
    '6.2.4.4',
    'a spot colour shown in CMYK',
    'CMYK colour',
    () => pageWith('', () => ({ ColorSpace: { Cs: spotOf('DeviceCMYK') } })),
  ],
  [
    '6.2.4.3',
    'a shading in CMYK',
    'CMYK colour',
    () =>
      pageWith('', () => ({
        Shading: { Sh: { ShadingType: 2, ColorSpace: 'DeviceCMYK', Coords: [0, 0, 1, 1] } },
      })),
  ],
  [
    '6.2.4.3',
    'CMYK in a pattern',
    'CMYK colour',
    () => pageWith('', (d) => ({ Pattern: { P: stream(d, '1 0 0 0 k', { PatternType: 1, PaintType: 1 }) } })),
  ],
  [
    '6.2.4.3',
    'CMYK in a character drawn',
    'CMYK colour',
    () =>
      pageWith('', (d) => ({
        Font: { F: { Type: 'Font', Subtype: 'Type3', CharProcs: { a: stream(d, '1 0 0 0 k', {}) } } },
      })),
  ],
  ['6.2.8.3', 'a JPEG 2000 of two channels', 'JPEG 2000', () => pageWith('', jpx(jpeg2000(2, 7, 17)))],
  ['6.2.8.3', 'a JPEG 2000 of unequal depths', 'JPEG 2000', () => pageWith('', jpx(jpeg2000(3, 255, 16)))],
  ['6.2.8.3', 'a JPEG 2000 in CMYK', 'JPEG 2000', () => pageWith('', jpx(jpeg2000(4, 7, 12)))],
  [
    '6.2.8.3',
    'a JPEG 2000 of two colour spaces',
    'JPEG 2000',
    () => pageWith('', jpx(jpeg2000(3, 7, 16, 2))),
  ],
  [
    '6.2.9',
    'PostScript',
    'PostScript',
    () => pageWith('', (d) => ({ XObject: { P: stream(d, '', { Subtype: 'PS' }) } })),
  ],
  [
    '6.2.10',
    'an unknown blend mode',
    'blend mode',
    () => pageWith('', () => ({ ExtGState: { G: { BM: 'Dissolve' } } })),
  ],
  [
    '6.2.11.4',
    'a font not inside',
    'font not embedded',
    () => pageWith('', () => ({ Font: { F: { Type: 'Font', Subtype: 'TrueType', BaseFont: 'Arial' } } })),
  ],
  ...(
    [
      ['a symbolic TrueType font with an encoding', trueType(4, [[3, 0]], WIN)],
      [
        'a symbolic TrueType font of two tables, none Symbol',
        trueType(4, [
          [1, 0],
          [3, 1],
        ]),
      ],
      ['a symbolic TrueType font without a table', trueType(4, [])],
      ['a Latin TrueType font without encoding', trueType(32, [[3, 1]])],
      ['a Latin TrueType font of another encoding', trueType(32, [[3, 1]], { Encoding: 'StandardEncoding' })],
      ['differences from no encoding', trueType(32, [[3, 1]], differing())],
      ['differences, and no table of Unicode', trueType(32, [[1, 0]], differing('WinAnsiEncoding'))],
    ] as const
  ).map(([what, font]): (typeof REFUSED)[number] => [
    '6.2.11.6',
    what,
    'font encoding',
    () => pageWith('', font),
  ]),
];

const ALLOWED: [clause: string, what: string, make: () => Promise<PDFDocument>][] = [
  [
    '6.2.11.6',
    'a symbolic TrueType font, tables Macintosh and Symbol',
    () =>
      pageWith(
        '',
        trueType(4, [
          [1, 0],
          [3, 0],
        ]),
      ),
  ],
  ['6.2.11.6', 'a Latin TrueType font in WinAnsi', () => pageWith('', trueType(32, [[3, 1]], WIN))],
  [
    '6.2.11.6',
    'differences from WinAnsi, with a table of Unicode',
    () => pageWith('', trueType(32, [[3, 1]], differing('WinAnsiEncoding'))),
  ],
  ['6.2.4.3', 'RGB and grey', () => pageWith('0 0 1 rg 0.5 G /DeviceRGB cs 1 0 0 sc')],
  [
    '6.2.4.4',
    'a spot colour shown in RGB',
    () => pageWith('', () => ({ ColorSpace: { Cs: spotOf('DeviceRGB') } })),
  ],
  ['6.2.8.3', 'a plain JPEG 2000', () => pageWith('', jpx(jpeg2000(3, 7, 16)))],
  [
    '6.2.10',
    'soft masks and known blend modes',
    () =>
      pageWith('', (d) => ({
        ExtGState: { G: { Type: 'ExtGState', BM: ['Multiply'], ca: 0.5 } },
        ...image(d, {
          SMask: stream(d, '\xff', { Type: 'XObject', Subtype: 'Image', ColorSpace: 'DeviceGray' }),
        }),
      })),
  ],
];

describe('ocr PDF/A-2b rules', () => {
  describe('refuse', () => {
    for (const [clause, what, reason, make] of REFUSED)
      it(`${what} (§${clause})`, async () => {
        const document = await make();

        expect(() => makeArchivable(document))
          .to.throw()
          .that.has.deep.property('details', { reason });
      });
  });

  describe('allow', () => {
    for (const [clause, what, make] of ALLOWED)
      it(`${what} (§${clause})`, async () => makeArchivable(await make()));
  });

  it('take off what may not stand on pictures, forms, states, and fonts (§6.2.5, §6.2.8, §6.2.9, §6.2.11.3.2, §6.8)', async () => {
    const document = await pageWith('', (d) => ({
      ...image(d, { Interpolate: true, Alternates: [], OPI: {} }),
      ExtGState: { G: d.context.register(d.context.obj({ Type: 'ExtGState', TR: 'Identity', HTP: [0, 0] })) },
    }));
    const { context } = document;
    const form = stream(document, '', { Subtype: 'Form', Ref: {}, PS: '', Subtype2: 'PS', OPI: {} });
    const font = context.register(
      context.obj({ Subtype: 'CIDFontType2', FontDescriptor: { FontFile2: stream(document, 'x', {}) } }),
    );
    const file = context.register(context.obj({ Type: 'Filespec', EF: {} }));

    makeArchivable(document);

    const keys = (ref: PDFRef): string[] => {
      const object = context.lookup(ref);
      const dict = object instanceof PDFRawStream ? object.dict : (object as PDFDict);
      return dict.keys().map((key) => key.decodeText());
    };
    expect(keys(form)).to.deep.equal(['Subtype']);
    expect(keys(font)).to.include('CIDToGIDMap');
    expect(keys(file)).to.deep.equal(['Type']);
    for (const [, object] of context.enumerateIndirectObjects()) {
      const dict = object instanceof PDFRawStream ? object.dict : object;
      if (!(dict instanceof PDFDict)) continue;
      for (const key of ['Alternates', 'OPI', 'TR', 'HTP']) expect(dict.has(name(key)), key).to.equal(false);
      if (dict.has(name('Interpolate'))) expect(String(dict.get(name('Interpolate')))).to.equal('false');
    }
  });

  describe('of our own file', () => {
    let folder: string;
    let pdf: Buffer;
    let document: PDFDocument;

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'ocr-pdfa-'));
      const [path, target] = [join(folder, 'scan.png'), join(folder, 'scan.pdf')];
      writeFileSync(path, await encodePng(new Uint8Array(300 * 400).fill(250), 300, 400, 1));
      const size = { width: 300, height: 400, dpi: 100, rotation: 0, skewDegrees: 0 };
      const facts = await readImageFacts(path, 1_000_000);
      const lines = [line('ỦY BAN NHÂN DÂN', 20, 40)];
      const page = { path, index: 0, image: facts, ...size, lines, keepLayer: false, dropOldLayer: false };
      await writePdf([page], { maxPixels: 1_000_000, pdfa: true }, target);
      pdf = readFileSync(target);
      document = await PDFDocument.load(pdf, { updateMetadata: false });
    });
    after(() => rmSync(folder, { recursive: true }));

    it('has a header with a binary comment, an identifier, and no encryption (§6.1.2, §6.1.3)', () => {
      expect(pdf.toString('latin1', 0, 9)).to.match(/^%PDF-1\.[0-7]\n$/);
      expect([...pdf.subarray(9, 14)].filter((byte) => byte > 127)).to.have.length.at.least(4);
      const { ID, Encrypt } = document.context.trailerInfo;
      expect(String(ID)).to.match(/^\[ <([0-9a-f]{32})> <\1> \]$/i);
      expect(Encrypt).to.equal(undefined);
    });

    it('keeps within the limits of an implementation (§6.1.13)', () => {
      expect(document.context.enumerateIndirectObjects()).to.have.length.below(8_388_607);
      for (const page of document.getPages()) {
        const { width, height } = page.getSize();
        expect(Math.min(width, height)).to.be.at.least(3);
        expect(Math.max(width, height)).to.be.at.most(14_400);
      }
    });

    it('has one RGB output intent with its profile (§6.2.3), and nothing active (§6.5, §6.8)', () => {
      const profile = pdf.toString('latin1').match(/\/DestOutputProfile/g);
      expect(profile).to.have.length(1);
      for (const word of ['/JavaScript', '/OpenAction', '/AA', '/AcroForm', '/EmbeddedFile', '/Launch'])
        expect(pdf.includes(word), word).to.equal(false);
    });

    it('says who made it in XMP as in Info, and nothing else in Info (§6.6.2)', () => {
      const info = document.context.lookup(document.context.trailerInfo.Info, PDFDict);
      expect(info.keys().map(String)).to.deep.equal(['/Producer']);
      const metadata = document.catalog.lookup(name('Metadata')) as PDFRawStream;
      const xmp = Buffer.from(metadata.contents).toString('utf8');
      expect(xmp).to.include(`<pdf:Producer>${document.getProducer()}</pdf:Producer>`);
      expect(xmp).to.match(/^<\?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"\?>/);
    });

    it('is sound for qpdf, and poppler finds words with their marks', () => {
      expect(qpdfCheck(pdf)).to.include('No syntax or stream encoding errors');
      const text = execFileSync('pdftotext', [join(folder, 'scan.pdf'), '-'], { encoding: 'utf8' });
      expect(text).to.include('ỦY BAN NHÂN DÂN');
      expect(text.normalize('NFC')).to.equal(text);
    });
  });
});
