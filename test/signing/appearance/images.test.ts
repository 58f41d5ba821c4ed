import { expect } from 'chai';
import { decodePng, encodePng } from '../../../src/signing/appearance/image/png.ts';
import { assumedSealMm, drawSealPng, drawSignaturePng } from '../../../src/signing/appearance/index.ts';
import { signPdf } from '../../../src/signing/pdf/index.ts';
import { LETTER, makePdf } from '../pdf/make-pdf.ts';
import { errorCode, signerOf, TEST_NOW } from '../test-pki/shared.ts';

const LEADER = 'Nguyễn Văn An';

/** The image with other colours and opacity. */
function changed(
  png: Uint8Array,
  change: (pixel: readonly number[]) => readonly number[],
  widthMm = 36,
): Uint8Array {
  const { width, height, pixels } = decodePng(png);
  const out = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += 4) out.set(change([...pixels.subarray(at, at + 4)]), at);
  return encodePng(width, height, out, widthMm);
}
const opaque = ([red = 0, green = 0, blue = 0, alpha = 0]: readonly number[]): number[] =>
  alpha === 0 ? [255, 255, 255, 255] : [red, green, blue, 255];
const inked =
  (red: number, green: number, blue: number) =>
  ([, , , alpha = 0]: readonly number[]): number[] => [red, green, blue, alpha];

/** The same file without its pHYs chunk. */
function withoutSize(png: Uint8Array): Uint8Array {
  const file = Buffer.from(png);
  const at = file.indexOf('pHYs') - 4;
  return new Uint8Array(Buffer.concat([file.subarray(0, at), file.subarray(at + 21)]));
}

describe('images of signatures and seals', () => {
  const seal = drawSealPng('Ủy ban nhân dân');
  const signature = drawSignaturePng(LEADER, 20);
  let signed: Uint8Array;

  async function asLeader(imagePng: Uint8Array, more: object = {}): Promise<Uint8Array> {
    return signPdf(makePdf({ lines: LETTER }), await signerOf('leader'), {
      signingTime: TEST_NOW,
      profile: 'leader',
      anchorName: LEADER,
      imagePng,
      ...more,
    });
  }
  async function asAgency(imagePng: Uint8Array, more: object = {}): Promise<Uint8Array> {
    return signPdf(signed, await signerOf('agency'), {
      signingTime: TEST_NOW,
      profile: 'agency',
      imagePng,
      ...more,
    });
  }
  before(async () => {
    signed = await asLeader(signature);
  });

  it('are taken blue and transparent for a leader, red and transparent for a seal', async () => {
    expect(await errorCode(() => asLeader(changed(signature, inked(60, 90, 170))))).to.equal('no error');
    expect(await errorCode(() => asAgency(changed(seal, inked(150, 40, 50))))).to.equal('no error');
  });

  it('are refused opaque, or in another colour', async () => {
    for (const image of [changed(signature, opaque), changed(signature, inked(0, 0, 0)), seal])
      expect(await errorCode(() => asLeader(image))).to.equal('IMAGE_UNFIT');
    for (const image of [changed(seal, opaque), changed(seal, inked(20, 20, 20)), signature])
      expect(await errorCode(() => asAgency(image))).to.equal('IMAGE_UNFIT');
  });

  it('give a seal its real size, stated in the file or beside it, and refuse one that cannot be real', async () => {
    const scanned = changed(seal, (pixel) => pixel, 150);

    expect(await errorCode(() => asAgency(scanned))).to.equal('IMAGE_UNFIT');
    expect(await errorCode(() => asAgency(scanned, { imageWidthMm: 32 }))).to.equal('no error');
    expect(await errorCode(() => asAgency(seal, { imageWidthMm: 8 }))).to.equal('IMAGE_UNFIT');
  });

  it('say when the size of a seal is only assumed', () => {
    const silent = withoutSize(seal);

    expect(assumedSealMm({ profile: 'agency', imagePng: silent })).to.equal(36);
    expect(assumedSealMm({ profile: 'agency', imagePng: silent, imageWidthMm: 32 })).to.equal(null);
    expect(assumedSealMm({ profile: 'agency', imagePng: seal })).to.equal(null);
    expect(assumedSealMm({ profile: 'leader', imagePng: silent })).to.equal(null);
  });
});
