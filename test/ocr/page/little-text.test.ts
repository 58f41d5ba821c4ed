import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import sharp from 'sharp';
import { renderSvg } from '../../../src/ocr/image/sharp.ts';
import { createOcrService, type OcrService } from '../../../src/ocr/index.ts';
import { loadPen } from '../../../src/ocr/sample-scan/pen.ts';

const [WIDTH, HEIGHT] = [1000, 1414];

/** A sheet between the parts of a dossier: hardly anything on it. */
async function sheet(text: string, size: number): Promise<Buffer> {
  const pen = await loadPen();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><rect width="100%" height="100%" fill="#fff"/>${pen.line(text, WIDTH / 2, 300, { size, align: 'center' })}</svg>`;
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  return sharp(await renderSvg(svg, WIDTH, HEIGHT), { raw })
    .png()
    .toBuffer();
}

describe('ocr of pages with hardly any text', () => {
  let service: OcrService;

  before(() => {
    service = createOcrService({ jobs: 1 });
  });
  after(() => service.close());

  it('reads a heading or a page number alone, however the sheet lies', async () => {
    const heading = await sheet('PHỤ LỤC', 60);
    const number = await sheet('12', 40);
    const turned = (picture: Buffer, degrees: number) => sharp(picture).rotate(degrees).png().toBuffer();
    const files = [
      { name: 'a.png', bytes: heading },
      { name: 'b.png', bytes: await turned(heading, 180) },
      { name: 'c.png', bytes: await turned(number, 90) },
    ];

    const { result } = await service.recognize(files);

    expect(result.pages.map(({ text, rotation }) => [text, rotation])).to.deep.equal([
      ['PHỤ LỤC', 0],
      ['PHỤ LỤC', 180],
      ['12', 90],
    ]);
  });

  it('calls a sheet with nothing but specks blank', async () => {
    const pixels = new Uint8Array(WIDTH * HEIGHT).fill(250);
    for (let i = 0; i < 60; i++)
      pixels.fill(40, (i * 23_447) % pixels.length, ((i * 23_447) % pixels.length) + 3);
    const bytes = await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
      .png()
      .toBuffer();

    const { result } = await service.recognize([{ name: 'trang.png', bytes }]);

    expect(result.pages[0]).to.deep.include({ text: '', rotation: 0 });
    expect(result.pages[0]?.treatment?.blank).to.equal(true);
  });
});
