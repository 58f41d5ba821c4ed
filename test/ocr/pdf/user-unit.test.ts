import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { PDFDocument, PDFName, PDFNumber } from 'pdf-lib';
import { openPdf } from '../../../src/ocr/pdf/read/pdfium.ts';
import { userUnitOf } from '../../../src/ocr/pdf/read/user-unit.ts';

/** Pages of A4, in units of so many 72nds of an inch. */
async function pdfOf(...units: (number | null)[]): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  for (const unit of units) {
    const page = document.addPage([595.28 / (unit ?? 1), 841.89 / (unit ?? 1)]);
    if (unit !== null) page.node.set(PDFName.of('UserUnit'), PDFNumber.of(unit));
  }
  return document.save({ useObjectStreams: false });
}

describe('ocr: pages in units of their own', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'user-unit-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function fileOf(...units: (number | null)[]): Promise<string> {
    const path = join(folder, 'pages.pdf');
    await writeFile(path, await pdfOf(...units));
    return path;
  }

  it('are drawn at the resolution of the paper', async () => {
    const pdf = await openPdf(await fileOf(2.5));

    const drawing = { dpi: 100, maxPixels: 10_000_000, inColour: false };
    const { width, height, dpi } = await pdf.render(0, drawing, join(folder, 'page'));
    const layer = pdf.layer(0, 100);

    expect([width, height, dpi]).to.deep.equal([827, 1169, 100]);
    expect([layer.width, layer.height]).to.deep.equal([827, 1169]);
  });

  it('have the unit all pages agree on that have one', async () => {
    expect(await userUnitOf(await fileOf(2, null, 2))).to.equal(2);
    expect(await userUnitOf(await fileOf(2, 3))).to.equal(1);
    expect(await userUnitOf(await fileOf(null))).to.equal(1);
    expect(await userUnitOf(await fileOf(1e9))).to.equal(1);
  });
});
