import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream, StandardFonts } from 'pdf-lib';
import { encodePng } from '../../../src/ocr/image/sharp.ts';
import { createOcrService } from '../../../src/ocr/index.ts';
import { codeOf, fixedEngine, line, pageOf, qpdfCheck, rejection, withFile } from '../support.ts';

const reading = { ...pageOf([line('Lưu trữ điện tử', 20, 40)]), width: 200, height: 280 };
const scan = (): Promise<Uint8Array> => encodePng(new Uint8Array(200 * 280).fill(255), 200, 280, 1);

async function archived(): Promise<Uint8Array> {
  const service = createOcrService({ engine: fixedEngine(reading) });
  const { pdf } = await service.recognize([{ name: 'a.png', bytes: await scan() }], { pdfa: true });
  await service.close();
  return pdf;
}

describe('ocr PDF/A-2b', () => {
  it('says what it is in its metadata, and names its colours', async () => {
    const document = await PDFDocument.load(await archived(), { updateMetadata: false });
    const metadata = document.catalog.lookup(PDFName.of('Metadata')) as PDFRawStream;
    const intents = document.catalog.lookup(PDFName.of('OutputIntents'), PDFArray);
    const intent = intents.lookup(0, PDFDict);

    const xmp = Buffer.from(metadata.getContents()).toString('utf8');
    expect(metadata.dict.has(PDFName.of('Filter'))).to.equal(false);
    expect(xmp).to.match(/<pdfaid:part>2<\/pdfaid:part><pdfaid:conformance>B<\/pdfaid:conformance>/);
    expect(xmp).to.include(`<pdf:Producer>${document.getProducer()}</pdf:Producer>`);
    expect(intent.get(PDFName.of('S'))).to.equal(PDFName.of('GTS_PDFA1'));
    expect(intent.lookup(PDFName.of('DestOutputProfile'))).to.be.instanceOf(PDFRawStream);
  });

  it('is sound for qpdf, embeds every font, and is the same byte for byte', async () => {
    const [first, second] = [await archived(), await archived()];

    expect(qpdfCheck(first)).to.match(/No syntax or stream encoding errors/);
    const fonts = withFile(first, (path) => execFileSync('pdffonts', [path], { encoding: 'utf8' }));
    expect(fonts.split('\n')[2]).to.match(/\bCID TrueType\b.*\byes\b/);
    expect(Buffer.compare(first, second)).to.equal(0);
  });

  it('refuses a kept page whose font is not embedded, and says so', async () => {
    const born = await PDFDocument.create();
    const font = await born.embedFont(StandardFonts.Helvetica);
    born
      .addPage()
      .drawText('A page its author wrote, with enough words to be kept.', { font, size: 12, x: 40, y: 600 });
    const service = createOcrService({ engine: fixedEngine({ ...pageOf([]), width: 1654, height: 2339 }) });
    const files = [{ name: 'born.pdf', bytes: await born.save() }];

    expect(await codeOf(service.recognize(files, { pdfa: true }))).to.equal('OCR_NOT_ARCHIVABLE');
    expect((await service.recognize(files)).result.pages[0]?.source).to.equal('text-layer');
    await service.close();
  });

  it('finds a font written into the resources of a page or a form, and one that does not say what it is', async () => {
    const refusedFor = async (font: object, inForm: boolean) => {
      const born = await PDFDocument.create();
      const page = born.addPage();
      const resources = { Font: { F1: font } };
      const text = 'BT /F1 12 Tf 40 600 Td (A page its author wrote, with enough words to be kept.) Tj ET';
      const content = inForm ? '/X Do' : text;
      const form = { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 600, 800], Resources: resources };
      const drawn = born.context.register(born.context.stream(text, form));
      page.node.set(
        PDFName.of('Resources'),
        born.context.obj(inForm ? { XObject: { X: drawn } } : resources),
      );
      page.node.set(PDFName.of('Contents'), born.context.register(born.context.stream(content)));
      const service = createOcrService({ engine: fixedEngine({ ...pageOf([]), width: 1654, height: 2339 }) });
      const files = [{ name: 'born.pdf', bytes: await born.save() }];
      const error = await rejection(service.recognize(files, { pdfa: true }));
      await service.close();
      return [error.code, error.details.reason];
    };
    const helvetica = { Subtype: 'Type1', BaseFont: 'Helvetica', Encoding: 'WinAnsiEncoding' };

    for (const font of [{ Type: 'Font', ...helvetica }, helvetica])
      for (const inForm of [false, true])
        expect(await refusedFor(font, inForm)).to.deep.equal(['OCR_NOT_ARCHIVABLE', 'font not embedded']);
  });
});
