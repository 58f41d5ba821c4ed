import { expect } from 'chai';
import fc from 'fast-check';
import { createBreaker } from '../../../../src/gateway/exchange/gates/breaker.ts';
import { createBucket } from '../../../../src/gateway/exchange/gates/bucket.ts';

const SETTINGS = { failures: 3, pauseMs: 1_000, longestPauseMs: 4_000 };

describe('exchange: leaving a silent counterparty alone', () => {
  it('opens after failures of different deliveries in a row, not of one that fails again and again', () => {
    const breaker = createBreaker(SETTINGS);

    const poison = ['a', 'a', 'a', 'a'].map((id) => breaker.failed(id, 0));
    const second = breaker.failed('b', 0);
    const third = breaker.failed('c', 10);

    expect(poison).to.deep.equal([false, false, false, false]);
    expect([second, third]).to.deep.equal([false, true]);
    expect(breaker.admit(11)).to.equal(1_010);
  });

  it('starts counting anew after a success', () => {
    const breaker = createBreaker(SETTINGS);
    for (const id of ['a', 'b']) breaker.failed(id, 0);
    breaker.succeeded();

    for (const id of ['c', 'd']) breaker.failed(id, 0);

    expect(breaker.admit(0)).to.equal(null);
  });

  it('lets one through as a trial, waits twice as long each time it fails, and no longer than the longest', () => {
    const breaker = createBreaker(SETTINGS);
    for (const id of ['a', 'b', 'c']) breaker.failed(id, 0);
    const waits: number[] = [];
    let now = 0;
    for (let round = 0; round < 5; round += 1) {
      now = breaker.retryAt ?? 0;
      expect(breaker.admit(now), 'the trial').to.equal(null);
      expect(breaker.admit(now), 'everyone else').to.be.greaterThan(now);
      breaker.failed('a', now);
      waits.push((breaker.retryAt ?? 0) - now);
    }

    breaker.succeeded();

    expect(waits).to.deep.equal([2_000, 4_000, 4_000, 4_000, 4_000]);
    expect(breaker.admit(now)).to.equal(null);
    expect(breaker.state).to.equal('closed');
  });

  it('gives another trial when the first never reports', () => {
    const breaker = createBreaker(SETTINGS);
    for (const id of ['a', 'b', 'c']) breaker.failed(id, 0);

    expect(breaker.admit(1_000)).to.equal(null);
    expect(breaker.admit(1_999)).to.equal(2_000);
    expect(breaker.admit(2_000)).to.equal(null);
  });

  it('believes another process that found out first', () => {
    const breaker = createBreaker(SETTINGS);

    breaker.openUntil(5_000);

    expect(breaker.admit(4_999)).to.equal(5_000);
    expect(breaker.admit(5_000)).to.equal(null);
  });
});

describe('exchange: a rate limit', () => {
  it('never lets more through in any second than twice the rate, nor fewer over time than the rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 300 }),
        (perSecond, gaps) => {
          const bucket = createBucket(perSecond);
          let now = 0;
          const starts = gaps.map((gap) => {
            now += gap;
            return now + bucket.take(now);
          });
          for (const [index, start] of starts.entries()) {
            const within = starts.slice(index).filter((other) => other < start + 1_000).length;
            expect(within).to.be.at.most(2 * perSecond);
            // The n-th never waits beyond its turn.
            expect(start).to.be.at.most(now + (index + 1) * (1000 / perSecond));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('holds up nothing when there is no limit', () => {
    const bucket = createBucket(0);

    expect(Array.from({ length: 100 }, () => bucket.take(0)).every((wait) => wait === 0)).to.equal(true);
  });
});
