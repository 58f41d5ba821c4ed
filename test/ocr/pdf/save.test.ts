import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PDFDocument, PDFHexString, PDFName, PDFRawStream, StandardFonts } from 'pdf-lib';
import { saveTo, setAside } from '../../../src/ocr/pdf/save.ts';

const PLAIN = { useObjectStreams: false, addDefaultPage: false, updateFieldAppearances: false };

describe('ocr: writing a PDF', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lienthong-save-'));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  /** Three pages, two of which draw the same large picture. */
  async function sample(): Promise<PDFDocument> {
    const document = await PDFDocument.create({ updateMetadata: false });
    const { context } = document;
    const picture = context.register(
      context.stream(randomBytes(200_000), { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 1, 1] }),
    );
    const font = await document.embedFont(StandardFonts.Helvetica);
    for (const draws of [true, false, true]) {
      const page = document.addPage([300, 200]);
      page.drawText('van ban', { font, size: 12 });
      if (draws) page.node.newXObject('Im', picture);
    }
    const id = PDFHexString.of('00'.repeat(16));
    context.trailerInfo.ID = context.obj([id, id]);
    return document;
  }

  it('gives the bytes pdf-lib gives, in a file of the owner’s alone', async () => {
    const document = await sample();
    const path = join(dir, 'same.pdf');

    await saveTo(document, path);

    expect(Buffer.compare(await readFile(path), Buffer.from(await document.save(PLAIN)))).to.equal(0);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  it('copies pages without their large streams and gives them to the copies, once for all that share them', async () => {
    const bytes = await (await sample()).save(PLAIN);
    async function copied(aside: boolean): Promise<{ bytes: Buffer; large: Uint8Array[] }> {
      const source = await PDFDocument.load(bytes, { updateMetadata: false });
      const copy = await PDFDocument.create({ updateMetadata: false });
      const putBack = aside ? setAside(source) : () => undefined;
      for (const page of await copy.copyPages(source, [0, 1, 2])) copy.addPage(page);
      putBack(copy);
      const streams = copy.context.enumerateIndirectObjects().map(([, object]) => object);
      const large = streams.flatMap((object) =>
        object instanceof PDFRawStream && object.contents.length > 100_000 ? [object.contents] : [],
      );
      const kept = streams.some(
        (object) => object instanceof PDFRawStream && object.dict.has(PDFName.of('LienThongOctets')),
      );
      expect(kept).to.equal(false);
      return { bytes: Buffer.from(await copy.save(PLAIN)), large };
    }

    const [one, other] = [await copied(false), await copied(true)];

    expect(other.large).to.have.length(1);
    expect(Buffer.compare(one.bytes, other.bytes)).to.equal(0);
  });
});
