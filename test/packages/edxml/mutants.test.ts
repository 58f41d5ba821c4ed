/**
 * Packages changed as XML, as archives, as base64 and in their encoding, each examined with libxml2 as the second reader:
 * no crash or hang, agreement on what is XML, one reading of who, to whom, which and what, and `build(parse(x))` keeps the
 * meaning of everything an axis may hand us. `LIENTHONG_FUZZ_RUNS` sets how many (nightly: 100,000 and more) and
 * `LIENTHONG_FUZZ_SEED` where to start, so that each night sees others; a failure names its seed.
 */
import { expect } from 'chai';
import { mutantOf } from '../support/mutate/index.ts';
import { examine } from '../support/mutate/oracle.ts';
import { mutantSamples } from '../support/mutate/samples.ts';

const RUNS = Number(process.env['LIENTHONG_FUZZ_RUNS'] ?? 1_500);
const START = Number(process.env['LIENTHONG_FUZZ_SEED'] ?? 0);
/** A mutant takes some milliseconds; one that takes this long hangs. */
const HANG_MS = 60_000;

describe('packages changed in their structure', function () {
  this.timeout(Math.max(300_000, RUNS * 100));

  it(`are refused or read in one way, ${RUNS} of them from seed ${START}`, async () => {
    const samples = await mutantSamples();
    const outcomes = new Map<string, number>();
    const broken: string[] = [];
    for (let seed = START; seed < START + RUNS && broken.length < 20; seed += 1) {
      const mutant = mutantOf(seed, samples);
      try {
        const { refused, ...read } = await inTime(examine(mutant));
        const name = refused ?? ('isSound' in read && read.isSound ? 'sound' : 'read');
        outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
      } catch (error) {
        broken.push(
          `seed ${seed} (${mutant.changes.join(', ')}): ${String((error as Error).message).slice(0, 400)}`,
        );
      }
    }

    expect(broken).to.deep.equal([]);
    // Mutants that are all refused, or all read, would show nothing.
    for (const name of ['sound', 'read', 'EDXML_NOT_WELL_FORMED', 'EDXML_BAD_BASE64', 'EDXML_ZIP_BROKEN'])
      expect(outcomes.get(name) ?? 0, name).to.be.greaterThan(RUNS / 500);
  });
});

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('hangs')), HANG_MS);
  });
  return Promise.race([work, hang]).finally(() => clearTimeout(timer));
}
