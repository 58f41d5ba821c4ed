import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { degrees, PDFDocument, PDFName, PDFString } from 'pdf-lib';
import { encodeJpeg, encodePng } from '../../src/ocr/image/sharp.ts';
import { createOcrService, type OcrEngine, type OcrService, sniffFormat } from '../../src/ocr/index.ts';
import { codeOf, encryptPdf, fixedEngine, line, pageOf, pdftotext, qpdfCheck, rejection } from './support.ts';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><image href="file:///etc/passwd"/></svg>';

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(kind: string, body: Buffer): Buffer {
  const head = Buffer.concat([Buffer.from(kind, 'latin1'), body]);
  const out = Buffer.alloc(8 + head.length);
  out.writeUInt32BE(body.length, 0);
  head.copy(out, 4);
  out.writeUInt32BE(crc32(head), 4 + head.length);
  return out;
}

/** A PNG whose header promises far more pixels than its body holds. */
function hugePng(side: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    magic,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(64))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A one-page PDF written by hand around a content stream. */
function pdfAround(content: Uint8Array, filter = ''): Uint8Array {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 280] /Contents 4 0 R /Resources << >> >>',
  ];
  const parts: Uint8Array[] = [Buffer.from('%PDF-1.4\n')];
  objects.forEach((body, i) => {
    parts.push(Buffer.from(`${i + 1} 0 obj\n${body}\nendobj\n`));
  });
  parts.push(
    Buffer.from(`4 0 obj\n<< /Length ${content.length} ${filter} >>\nstream\n`),
    content,
    Buffer.from('\nendstream\nendobj\n'),
  );
  parts.push(Buffer.from('trailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n'));
  return Buffer.concat(parts);
}

describe('ocr: hostile and broken input', () => {
  let service: OcrService;
  const recognize = (bytes: Uint8Array) => service.recognize([{ name: 'x', bytes }]);

  before(() => {
    const engine = fixedEngine({ ...pageOf([line('Chữ', 20, 40)]), width: 556, height: 778 });
    service = createOcrService({ engine, limits: { pages: 5, bytes: 3_000_000, renderTimeoutMs: 8000 } });
  });
  after(() => service.close());

  it('refuses SVG under any name: it would be rendered', async () => {
    expect(sniffFormat(Buffer.from(SVG))).to.equal(null);
    expect(await codeOf(recognize(Buffer.from(SVG)))).to.equal('OCR_UNSUPPORTED_FORMAT');
  });

  it('refuses empty files and HTML', async () => {
    expect(await codeOf(recognize(new Uint8Array()))).to.equal('OCR_UNSUPPORTED_FORMAT');
    expect(await codeOf(recognize(Buffer.from('<html><body>hồ sơ</body></html>')))).to.equal(
      'OCR_UNSUPPORTED_FORMAT',
    );
  });

  it('refuses a PNG of 10 gigapixels from its header alone', async () => {
    expect(await codeOf(recognize(hugePng(100_000)))).to.equal('OCR_TOO_LARGE');
  });

  it('refuses more bytes than allowed before anything is opened', async () => {
    const error = await rejection(recognize(new Uint8Array(3_000_001)));

    expect([error.code, error.details.limit]).to.deep.equal(['OCR_TOO_LARGE', 3_000_000]);
  });

  it('refuses a dossier with too many pages', async () => {
    const document = await PDFDocument.create();
    for (let i = 0; i < 6; i++) document.addPage([100, 100]);

    const error = await rejection(recognize(await document.save()));

    expect([error.code, error.details.actual]).to.deep.equal(['OCR_TOO_MANY_PAGES', 6]);
  });

  it('refuses garbage behind a PDF header, and a PDF cut in half', async () => {
    const document = await PDFDocument.create();
    document.addPage([100, 100]);
    const whole = await document.save();

    expect(await codeOf(recognize(Buffer.from(`%PDF-1.7\n${'\u0003x'.repeat(500)}`)))).to.equal(
      'OCR_DAMAGED_FILE',
    );
    expect(await codeOf(recognize(whole.subarray(0, whole.length / 3)))).to.equal('OCR_DAMAGED_FILE');
  });

  it('refuses a page tree that refers to itself', async () => {
    const text =
      '%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>\nendobj\ntrailer\n<< /Root 1 0 R /Size 3 >>\n%%EOF\n';

    expect(await codeOf(recognize(Buffer.from(text)))).to.equal('OCR_DAMAGED_FILE');
  });

  it('asks for the password to be removed, and opens what only an owner password guards', async () => {
    const document = await PDFDocument.create();
    document.addPage([200, 280]);
    const plain = await document.save();

    expect(await codeOf(recognize(encryptPdf(plain, 'bimat', 'chu')))).to.equal('OCR_PASSWORD_REQUIRED');
    const opened = await recognize(encryptPdf(plain, '', 'chu'));
    expect(qpdfCheck(opened.pdf)).to.contain('not encrypted');
    expect(pdftotext(opened.pdf)).to.contain('Chữ');
  });

  it('kills the drawing of a page that takes longer than allowed, and goes on serving', async () => {
    const engine = fixedEngine({ ...pageOf([]), width: 556, height: 778 });
    const hasty = createOcrService({ engine, limits: { renderTimeoutMs: 1 } });
    const bomb = deflateSync(Buffer.alloc(4_000_000, '0 0 m 1 1 l S '), { level: 9 });

    const error = await rejection(
      hasty.recognize([{ name: 'x', bytes: pdfAround(bomb, '/Filter /FlateDecode') }]),
    );

    expect([error.code, error.details.page]).to.deep.equal(['OCR_PAGE_TIMEOUT', 1]);
    const image = await encodePng(new Uint8Array(100 * 140).fill(255), 100, 140, 1);
    expect((await hasty.recognize([{ name: 'x', bytes: image }])).result.pages).to.have.length(1);
    await hasty.close();
  });

  it('refuses a page whose content unpacks to more memory than a dossier may have', async () => {
    // 400 MB of blanks: PDFium alone would take 2 GiB for it.
    const bomb = deflateSync(Buffer.alloc(400_000_000, ' '), { level: 1 });

    const error = await rejection(recognize(pdfAround(bomb, '/Filter /FlateDecode')));

    expect([error.code, error.details.reason]).to.deep.equal(['OCR_TOO_LARGE', 'PDF memory']);
  });

  it('takes scripts, launch actions and attachments out of the copy', async () => {
    const document = await PDFDocument.create();
    const page = document.addPage([200, 280]);
    document.addJavaScript('main', 'app.alert("x")');
    await document.attach(Buffer.from('MZ'), 'a.exe');
    const launch = document.context.obj({ S: 'Launch', F: PDFString.of('cmd.exe') });
    page.node.set(PDFName.of('AA'), document.context.obj({ O: launch }));
    document.catalog.set(
      PDFName.of('OpenAction'),
      document.context.obj({ S: 'JavaScript', JS: PDFString.of('app.alert(1)') }),
    );
    const link = document.context.obj({ Type: 'Annot', Subtype: 'Widget', Rect: [0, 0, 9, 9], A: launch });
    page.node.set(PDFName.of('Annots'), document.context.obj([document.context.register(link)]));

    const { pdf } = await recognize(await document.save({ useObjectStreams: false }));

    const raw = Buffer.from(pdf).toString('latin1');
    for (const word of [
      'JavaScript',
      'Launch',
      'cmd.exe',
      'EmbeddedFile',
      'a.exe',
      'OpenAction',
      'app.alert',
    ]) {
      expect(raw, word).not.to.contain(word);
    }
  });
});

describe('ocr: broken images', () => {
  it('refuses a JPEG cut short, without harm to the process', async () => {
    const service = createOcrService({ jobs: 1 });
    const noise = Uint8Array.from({ length: 300 * 300 * 3 }, (_, i) => (i * 7919) % 251);
    const jpeg = await encodeJpeg(noise, 300, 300, 80);

    const error = await rejection(
      service.recognize([{ name: 'a.jpg', bytes: jpeg.subarray(0, jpeg.length / 3) }]),
    );

    expect(error.code).to.equal('OCR_DAMAGED_FILE');
    await service.close();
  });

  it('reads a blank page as a page without words', async () => {
    const service = createOcrService({ jobs: 1 });
    const blank = await encodePng(new Uint8Array(400 * 500).fill(255), 400, 500, 1);

    const { result, pdf } = await service.recognize([{ name: 'a.png', bytes: blank }]);

    expect(result.pages[0]).to.include({ text: '', confidence: 0 });
    expect(Object.values(result.fields).every((field) => field === null)).to.equal(true);
    expect(qpdfCheck(pdf)).to.contain('No syntax');
    await service.close();
  });
});

const ANGLES = [0, 90, 180, 270] as const;

/** Reads two lines on every page, upright as it is seen: wide pages are 1111 × 833 pixels, tall ones 833 × 1111. */
const twoLines: OcrEngine = {
  readPage: async ({ image }) => {
    const wide = image.kind === 'raw' && image.width > image.height;
    const [width, height] = wide ? [1111, 833] : [833, 1111];
    return { ...pageOf([line('Góc trên trái', 60, 60), line('Hàng dưới', 60, 700)]), width, height };
  },
  close: () => Promise.resolve(),
};

describe('ocr: pages of unusual geometry', () => {
  let pages: string[];

  before(async () => {
    const document = await PDFDocument.create();
    for (const angle of ANGLES) {
      const page = document.addPage([300, 400]);
      page.setMediaBox(50, 70, 300, 400);
      page.setRotation(degrees(angle));
    }
    const service = createOcrService({ engine: twoLines });
    const { pdf } = await service.recognize([{ name: 'a.pdf', bytes: await document.save() }]);
    await service.close();
    pages = pdftotext(pdf).split('\f');
  });

  for (const [index, angle] of ANGLES.entries()) {
    it(`puts the text where it is seen on a page with /Rotate ${angle} and a shifted media box`, () => {
      const found = pages[index] ?? '';

      expect(found.indexOf('Góc trên trái')).to.be.within(0, found.indexOf('Hàng dưới') - 1);
    });
  }
});
