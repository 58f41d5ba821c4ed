/** What we call PDF/A-2b, judged by a program of others: scans of every kind, kept pages, and copies under signatures. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { drawLetter } from '../../../src/gateway/demo/letter.ts';
import { readImageFacts } from '../../../src/ocr/image/sharp.ts';
import { createOcrService, type OcrService } from '../../../src/ocr/index.ts';
import { writePdf } from '../../../src/ocr/pdf/writer.ts';
import { drawSealPng, drawSignaturePng } from '../../../src/signing/appearance/index.ts';
import { extendPdf, type PdfSignOptions, signPdf } from '../../../src/signing/pdf/index.ts';
import { type LongTerm, longTerm } from '../../signing/local-authorities.ts';
import { LETTER } from '../../support/letter.ts';
import { faultsOfPart2, preflight, preflightMissing } from '../../support/preflight.ts';
import { HEIGHT, image, WIDTH } from '../image/pictures.ts';
import { fixedEngine, line, pageOf, qpdfCheck } from '../support.ts';

const MAX_PIXELS = 4_000_000;
const READING = {
  ...pageOf([line('Lưu trữ điện tử', 20, 40), line('Số: 12/QĐ-UBND “x” – €', 20, 90)]),
  width: WIDTH,
  height: HEIGHT,
};

const colour = () => image();
const grey = () => image().greyscale().toColourspace('b-w');
const bilevel = () => grey().threshold(128).toColourspace('b-w');

/** Pictures by libtiff's own program, and by sharp. */
function scansOf(folder: string): Record<string, () => Promise<Uint8Array>> {
  const tiff = async (options: string, picture: ReturnType<typeof colour>, bitdepth?: 1) => {
    const [from, to] = [join(folder, 'from.tif'), join(folder, 'to.tif')];
    writeFileSync(
      from,
      await picture.tiff({ compression: 'none', ...(bitdepth && { bitdepth }) }).toBuffer(),
    );
    execFileSync('tiffcp', [...options.split(' '), from, to]);
    return readFileSync(to);
  };
  return {
    'colour.png': () => colour().png().toBuffer(),
    'grey.png': () => grey().png().toBuffer(),
    'bilevel.png': () => bilevel().png({ palette: true, colours: 2 }).toBuffer(),
    'palette.png': () => colour().png({ palette: true, colours: 64 }).toBuffer(),
    'alpha.png': () => colour().ensureAlpha(0.5).png().toBuffer(),
    'deep.png': () => colour().toColourspace('rgb16').png().toBuffer(),
    'colour.jpg': () => colour().jpeg().toBuffer(),
    'grey.jpg': () => grey().jpeg().toBuffer(),
    'progressive.jpg': () => colour().jpeg({ progressive: true }).toBuffer(),
    'cmyk.jpg': () => colour().toColourspace('cmyk').jpeg().toBuffer(),
    'turned.jpg': () => colour().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    'wide.jpg': () => colour().withIccProfile('p3').jpeg().toBuffer(),
    'group4.tif': () => tiff('-c g4', bilevel(), 1),
    'group3.tif': () => tiff('-c g3', bilevel(), 1),
    'lzw.tif': () => tiff('-c lzw', colour()),
    'jpeg.tif': () => tiff('-c jpeg -r 64', colour()),
    'tiles.tif': () => tiff('-t -w 128 -l 128 -c jpeg', colour()),
    'cmyk.tif': () => tiff('-c lzw', colour().toColourspace('cmyk')),
  };
}

const drawnLetter = (blanks = {}) => drawLetter({ ...LETTER, ...blanks });

describe('PDF/A-2b by preflight', () => {
  let folder: string;
  let service: OcrService;
  let world: LongTerm;

  before(function needsPreflight() {
    const missing = preflightMissing();
    if (missing !== null) {
      process.stderr.write(`preflight: ${missing}\n`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'preflight-test-'));
    service = createOcrService({ engine: fixedEngine(READING) });
    world = longTerm();
  });
  after(async () => {
    world?.close();
    await service?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function archived(...files: (readonly [name: string, bytes: Uint8Array])[]): Promise<Uint8Array> {
    const inputs = files.map(([name, bytes]) => ({ name, bytes }));
    const { pdf } = await service.recognize(inputs, { pdfa: true });
    expect(qpdfCheck(pdf)).to.match(/No syntax or stream encoding errors/);
    return pdf;
  }

  /** One scan, without the processes of a service. */
  async function written(bytes: Uint8Array): Promise<Uint8Array> {
    const [path, target] = [join(folder, 'scan'), join(folder, 'scan.pdf')];
    writeFileSync(path, bytes);
    const { width, height, lines } = READING;
    const page = {
      path,
      index: 0,
      image: await readImageFacts(path, MAX_PIXELS),
      dpi: 72,
      width,
      height,
      lines,
    };
    const kept = { rotation: 0, skewDegrees: 0, keepLayer: false, dropOldLayer: false };
    await writePdf([{ ...page, ...kept }], { maxPixels: MAX_PIXELS, pdfa: true }, target);
    return new Uint8Array(readFileSync(target));
  }

  it('has nothing against scans of every kind', async () => {
    const made = new Map<string, Uint8Array>();
    for (const [name, make] of Object.entries(scansOf(folder))) made.set(name, await written(await make()));

    expect(faultsOfPart2(made)).to.deep.equal([]);
  });

  it('has nothing against pages kept as their programs wrote them, and mixed with scans', async () => {
    const letter = await drawnLetter();
    const [from, to] = [join(folder, 'letter.pdf'), join(folder, 'cairo.pdf')];
    writeFileSync(from, letter);
    execFileSync('pdftocairo', ['-pdf', from, to]);
    const scan = await colour().jpeg().toBuffer();
    const made = new Map([
      ['letter.pdf', await archived(['letter.pdf', letter])],
      ['cairo.pdf', await archived(['cairo.pdf', new Uint8Array(readFileSync(to))])],
      ['mixed.pdf', await archived(['letter.pdf', letter], ['scan.jpg', scan])],
    ]);

    expect(faultsOfPart2(made)).to.deep.equal([]);
  });

  it('has nothing against a copy with every stamp and signature, archived and renewed', async () => {
    const sign = (pdf: Uint8Array, options: Omit<PdfSignOptions, 'signingTime'>, by: string) =>
      signPdf(pdf, world.signer(by), { signingTime: new Date(), ...options });
    const raise = (pdf: Uint8Array, renew: boolean) =>
      extendPdf(pdf, {
        level: 'LTA',
        renew,
        timestampAuthority: world.authority.client(),
        evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
      });
    const scan = await written(await colour().jpeg().toBuffer());
    const hand = { profile: 'leader', imagePng: drawSignaturePng('Nguyễn Văn An') } as const;

    const leader = await sign(scan, { ...hand, box: [60, 60, 120, 60] }, 'An');
    const sealed = await sign(leader, { profile: 'agency', imagePng: drawSealPng('Ủy ban') }, 'Ủy ban');
    const noted = await sign(sealed, { profile: 'copy', agencyName: 'Ủy ban nhân dân' }, 'Văn thư');
    const plain = await sign(noted, {}, 'Bình');
    const renewed = await raise(await raise(plain, false), true);

    const blanks = { code: '       /UBND-VP', placeAndDate: 'Mẫu, ngày        tháng        năm 2026' };
    const letter = await archived(['letter.pdf', await drawnLetter(blanks)]);
    const approved = await sign(letter, { ...hand, anchorName: 'Nguyễn Văn An' }, 'An');
    const issue = { number: '7', date: '2026-11-05' };
    const issued = await sign(approved, { profile: 'issue', issue }, 'Ủy ban');
    const incoming = { number: '12', date: '06/11/2026' };
    const arrived = await sign(issued, { profile: 'incoming', agencyName: 'Sở Mẫu', incoming }, 'Văn thư');

    const made = { leader, sealed, noted, plain, renewed, approved, issued, arrived };
    expect(faultsOfPart2(new Map(Object.entries(made)))).to.deep.equal([]);
  });

  it('does say what an ordinary searchable PDF lacks', async () => {
    const letter = await service.recognize([{ name: 'letter.pdf', bytes: await drawnLetter() }]);

    const messages = preflight(new Map([['ordinary', letter.pdf]])).get('ordinary') ?? [];

    expect(messages.join('\n'))
      .to.match(/^7\.1 : /m)
      .and.match(/^2\.4\.\d : /m);
    expect(faultsOfPart2(new Map([['ordinary', letter.pdf]]))).not.to.deep.equal([]);
  });
});
