import { PassThrough, Writable } from 'node:stream';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { askSecret, type Terminal } from '../../../src/gateway/keys/prompt.ts';

/** A terminal with somebody at it who types the moment a question is seen; it echoes unless it is told not to. */
function terminal(typed: string): Terminal & { seen(): string; isRaw(): boolean } {
  let [seen, raw] = ['', false];
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(on: boolean) {
      raw = on;
      return input;
    },
  });
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      seen += chunk.toString();
      if (seen.endsWith('? ')) {
        if (!raw) seen += typed;
        input.write(typed);
      }
      done();
    },
  });
  return { input: input as unknown as NodeJS.ReadStream, output, seen: () => seen, isRaw: () => raw };
}

describe('asking for a secret', () => {
  it('shows nothing of what is typed as soon as the question stands there', async () => {
    const quick = terminal('mat-khau\r');

    expect(await askSecret('PIN? ', quick)).to.equal('mat-khau');

    expect(quick.seen()).to.equal('PIN? \n');
    expect(quick.isRaw()).to.equal(false);
  });

  for (const [what, typed, answer] of [
    ['what was put right while typing', 'mat-kahu\u007f\u007f\u007fhau\r', 'mat-khau'],
    ['nothing where the person gives up', 'mat\u0003', null],
    ['nothing at the end of the input', '\u0004', null],
  ] as const) {
    it(`takes ${what}`, async () => {
      expect(await askSecret('PIN? ', terminal(typed))).to.equal(answer);
    });
  }

  it('asks nobody where there is no terminal', async () => {
    const nobody = terminal('');
    Object.assign(nobody.input, { isTTY: false });

    expect(await askSecret('PIN? ', nobody)).to.equal(null);
    expect(nobody.seen()).to.equal('');
  });
});
