import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { holedOctets, octetsOf } from '../../../src/signing/octets/octets.ts';

describe('octets known by their digests', () => {
  const file = new Uint8Array(randomBytes(5000));
  const ranges: (readonly [number, number, number])[] = [
    [100, 300, 900],
    [1500, 1700, 2000],
    [1500, 1800, 5000],
    [0, 10, 20],
    [4000, 4500, 5000],
    [40, 40, 40],
  ];

  const plain = (name: string, [start, stop, end]: readonly [number, number, number], outputLength = 0) =>
    createHash(name, outputLength === 0 ? {} : { outputLength })
      .update(file.subarray(0, start))
      .update(file.subarray(stop, end))
      .digest('hex');

  it('have the digest of their pieces, in whatever order ranges of one file are asked for', () => {
    for (const order of [ranges, ranges.toReversed(), [...ranges.slice(3), ...ranges.slice(0, 3)]]) {
      const covered = holedOctets(file);
      for (const range of order) {
        const octets = covered(...range);
        for (const name of ['sha256', 'sha1', 'sha512'])
          expect(Buffer.from(octets.digest(name)).toString('hex')).to.equal(plain(name, range));
        expect(octets.length).to.equal(range[0] + range[2] - range[1]);
      }
    }
  });

  it('take the output lengths of CMS for SHAKE', () => {
    const octets = holedOctets(file)(100, 300, 900);

    expect(Buffer.from(octets.digest('shake256')).toString('hex')).to.equal(
      plain('shake256', [100, 300, 900], 64),
    );
    expect(octetsOf(file).digest('shake128').length).to.equal(32);
  });
});
