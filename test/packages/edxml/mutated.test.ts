/**
 * Packages broken at random: each is read or refused with a PackageError, within its time, and what is read can be written.
 * `LIENTHONG_FUZZ_RUNS` sets how many (nightly: 100,000 and more; default 5,000); a failure prints the seed to repeat it.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { buildEdxml, type EdxmlMessage, judgeEdxml, PackageError } from '../../../src/packages/index.ts';
import { collect } from '../support/bytes.ts';
import { packageWithContent, parseAll } from '../support/package.ts';
import { sampleDocument, sampleStatus } from '../support/samples.ts';
import { makeZip } from '../support/zip.ts';

const RUNS = Number(process.env['LIENTHONG_FUZZ_RUNS'] ?? 5_000);
/** A mutant of 5 KB takes a millisecond or two; one that takes this long hangs. */
const HANG_MS = 60_000;
const NOW = new Date('2026-11-20T03:00:00Z');

const MARKUP = [
  '<',
  '>',
  '&',
  ']]>',
  '<!--',
  '-->',
  '<![CDATA[',
  '"',
  '</',
  '/>',
  '<?',
  '<!DOCTYPE a [<!ENTITY e "e">]>',
  '&e;',
  '=',
  'PK',
  '\u0000',
  '\ufffe',
  'xmlns="x"',
  '<edXML:From/>',
  '<edXML:To>',
];

const rough = fc.record({
  at: fc.nat(10_000),
  remove: fc.nat(30),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom(...MARKUP).map((text) => Buffer.from(text)),
  ),
});
const gentle = fc.record({
  at: fc.nat(10_000),
  remove: fc.constant(0),
  insert: fc.constantFrom(' ', '\n', '1', 'a').map((text) => Buffer.from(text)),
});
/** A piece copied elsewhere: elements twice, out of order, nested in each other. */
const copied = fc.record({ at: fc.nat(10_000), from: fc.nat(10_000), length: fc.nat(400) });
type Edit = { at: number; remove: number; insert: Uint8Array } | { at: number; from: number; length: number };

function edited(sample: Buffer, edits: readonly Edit[]): Buffer {
  let bytes = sample;
  for (const edit of edits) {
    const at = edit.at % bytes.length;
    const insert =
      'insert' in edit
        ? edit.insert
        : bytes.subarray(edit.from % bytes.length, (edit.from % bytes.length) + edit.length);
    const rest = bytes.subarray('insert' in edit ? at + edit.remove : at);
    bytes = Buffer.concat([bytes.subarray(0, at), insert, rest]);
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('hangs')), HANG_MS);
  });
  return Promise.race([work, hang]).finally(() => clearTimeout(timer));
}

/** Reads and judges; true when it could be read. */
async function isRead(bytes: Buffer, chunkBytes: number): Promise<boolean> {
  try {
    const parsed = await inTime(parseAll(bytes, { chunkBytes }));
    for (const stage of ['sending', 'arrival'] as const) judgeEdxml(parsed, { now: NOW, stage });
    await expectWritable(parsed.message);
    return true;
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    expect(error.vi).to.be.a('string').and.not.equal('');
    return false;
  }
}

/** What could be read can be written and read again, to the same value; the spelling of dates becomes the axis' own. */
async function expectWritable(message: EdxmlMessage): Promise<void> {
  if (message.kind !== 'status') return;
  const { rawDates: _, ...meant } = message;
  const again = await parseAll(await collect(buildEdxml(message)));
  expect(again.message).to.deep.equal(meant);
}

describe('mutated packages', function () {
  this.timeout(Math.max(300_000, RUNS * 60));

  it(`are read or refused with a PackageError, ${RUNS} times`, async () => {
    const zip = makeZip([{ name: 'a.pdf', data: Buffer.from('nội dung '.repeat(20)), descriptor: 'signed' }]);
    const wide = (await collect(buildEdxml(sampleDocument()))).toString('utf8');
    const samples = [
      Buffer.from(await packageWithContent(zip.toString('base64'))),
      Buffer.from(await packageWithContent('<![CDATA[QUJD]]>&#10;')),
      await collect(buildEdxml(sampleStatus())),
      await collect(buildEdxml(sampleDocument(), [], { order: 'qcvn' })),
      Buffer.from(`\ufeff${wide.replace('UTF-8', 'UTF-16')}`, 'utf16le'),
    ];
    let reads = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...samples),
        fc.array(fc.oneof(rough, gentle, copied), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3000 }),
        async (sample, edits, chunkBytes) => {
          reads += (await isRead(edited(sample, edits), chunkBytes)) ? 1 : 0;
        },
      ),
      { numRuns: RUNS },
    );
    expect(reads).to.be.greaterThan(RUNS / 50);
  });

  it(`hold archives read or refused, ${Math.ceil(RUNS / 5)} times`, async () => {
    const data = Buffer.from('nội dung '.repeat(40));
    const archives = (['signed', 'bare', 'zip64', undefined] as const).map((descriptor) =>
      makeZip([{ name: 'a.pdf', data, ...(descriptor === undefined ? {} : { descriptor }) }]),
    );
    const template = await packageWithContent('@@');
    let reads = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...archives),
        fc.array(fc.oneof(rough, copied), { minLength: 0, maxLength: 2 }),
        async (archive, edits) => {
          const content = edited(archive, edits).toString('base64');
          reads += (await isRead(Buffer.from(template.replace('@@', content)), 1_000)) ? 1 : 0;
        },
      ),
      { numRuns: Math.ceil(RUNS / 5) },
    );
    expect(reads).to.be.greaterThan(RUNS / 500);
  });
});
