import { expect } from 'chai';
import { claimedTimeRemarks } from '../../src/signing/report/signing-time.ts';

const HOUR = 3_600_000;
const NOW = new Date('2026-06-15T08:00:00Z');
const codes = (claimed: number | null, proof: number | null): string[] =>
  claimedTimeRemarks(claimed === null ? null : new Date(claimed), proof, NOW).map(({ code }) => code);

describe('the time a signer claims', () => {
  const proof = NOW.getTime() - 100 * HOUR;

  it('is let be when it comes before the proof, or a moment after', () => {
    expect(codes(null, proof)).to.deep.equal([]);
    expect(codes(proof - 5 * HOUR, proof)).to.deep.equal([]);
    expect(codes(proof + 59_000, proof)).to.deep.equal([]);
    expect(codes(NOW.getTime() - HOUR, null)).to.deep.equal([]);
  });

  it('is recognised as Vietnam time written as UTC, seven hours ahead give or take one', () => {
    for (const hours of [6, 6.9, 7, 8])
      expect(codes(proof + hours * HOUR, proof)).to.deep.equal(['CLAIMED_TIME_LOCAL']);
    expect(codes(NOW.getTime() + 3 * HOUR, null)).to.deep.equal(['CLAIMED_TIME_LOCAL']);
  });

  it('is said to be wrong when it is ahead in any other way', () => {
    for (const hours of [0.1, 3, 5.9, 8.1, 500])
      expect(codes(proof + hours * HOUR, proof), String(hours)).to.deep.equal(['CLAIMED_TIME_AHEAD']);
    expect(codes(NOW.getTime() + 9 * HOUR, null)).to.deep.equal(['CLAIMED_TIME_AHEAD']);
  });
});
