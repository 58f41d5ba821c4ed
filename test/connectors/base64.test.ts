import { expect } from 'chai';
import fc from 'fast-check';
import { Base64Error, decodeBase64, encodeBase64 } from '../../src/connectors/base64.ts';
import { collect } from './support/messages.ts';

describe('streaming base64', () => {
  it('gives back what was encoded, wherever the pieces are cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 9 }),
        async (chunks, width) => {
          const whole = Buffer.concat(chunks);

          const text = await collect(encodeBase64(from(chunks)));
          const back = await collect(decodeBase64(from(cut(text, width))));

          expect(text.toString()).to.equal(whole.toString('base64'));
          expect(back.equals(whole)).to.equal(true);
        },
      ),
    ));

  it('skips line breaks and does without padding', async () => {
    const back = await collect(decodeBase64(from([Buffer.from('eGlu\r\n IGNo'), Buffer.from('w6Bv')])));
    const unpadded = await collect(decodeBase64(from([Buffer.from('eGluIA')])));

    expect(back.toString()).to.equal('xin chào');
    expect(unpadded.toString()).to.equal('xin ');
  });

  for (const [why, text] of [
    ['a foreign character', 'eGl*'],
    ['the URL alphabet', 'eG-_'],
    ['a lone last character', 'eGluI'],
    ['data after the padding', 'eA==eGlu'],
    ['padding in the middle', 'e=A='],
  ] as const) {
    it(`refuses ${why}`, async () => {
      for (const width of [1, 4, 100]) {
        const thrown = await collect(decodeBase64(from(cut(Buffer.from(text), width)))).catch(
          (error: unknown) => error,
        );

        expect(thrown, `pieces of ${width}`).to.be.instanceOf(Base64Error);
      }
    });
  }
});

async function* from(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

function cut(bytes: Buffer, width: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / width) }, (_, at) =>
    bytes.subarray(at * width, (at + 1) * width),
  );
}
