import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { signAsic } from '../../../src/signing/asic/index.ts';
import { readZip } from '../../../src/signing/asic/zip.ts';
import { buildCms } from '../../../src/signing/cms/index.ts';
import {
  type NamedFile,
  SigningError,
  signPdf,
  signXml,
  type VerifyOptions,
  verifyFile,
} from '../../../src/signing/index.ts';
import { addNote } from '../pdf/attacks/revisions-support.ts';
import { makePdf } from '../pdf/make-pdf.ts';
import { makeSigning } from '../signers.ts';
import { NOW } from '../x509/authority.ts';
import { mutate } from './mutate.ts';

/** Mutants in all: 5,000 in `make test`, `LIENTHONG_FUZZ=100000` by night; `LIENTHONG_FUZZ_SEED` makes others. */
const COUNT = Number(process.env['LIENTHONG_FUZZ'] ?? 5000);
const FIRST_SEED = Number(process.env['LIENTHONG_FUZZ_SEED'] ?? 1);
const SLOW_MS = 5000;

const signing = makeSigning();
const options: VerifyOptions = { ...signing.options, intermediates: [signing.ca.der] };
const CONTENT = Buffer.from('Nội dung công văn số 12/UBND-VX.\n'.repeat(8));

interface Seed extends NamedFile {
  /** Whether these octets, as they stand in the file, are what was signed; they may not differ in a mutant that passes. */
  readonly intact: (mutant: Uint8Array) => boolean;
}

async function seeds(): Promise<Seed[]> {
  const { signer } = signing;
  const more = { signingTime: NOW };
  const pdf = await signPdf(makePdf(), signer, more);
  const xml = Buffer.from(`<hoSo xmlns="urn:x" Id="goc"><noiDung>${CONTENT.toString()}</noiDung></hoSo>`);
  const has = (mutant: Uint8Array) => Buffer.from(mutant).includes(CONTENT);
  const text = CONTENT.toString().trim();
  const marked = (mutant: Uint8Array) => Buffer.from(mutant).includes(text);
  const hole = /\/Contents <[0-9a-fA-F]+>/.exec(Buffer.from(pdf).toString('latin1'));
  const [from, to] = [(hole?.index ?? 0) + 10, (hole?.index ?? 0) + (hole?.[0].length ?? 0)];
  const same = (mutant: Uint8Array, start: number, end: number) =>
    Buffer.compare(mutant.subarray(start, end), pdf.subarray(start, end)) === 0;
  // White space after the last revision is nothing; anything else is something.
  const pdfIntact = (mutant: Uint8Array) =>
    same(mutant, 0, from) &&
    same(mutant, to, pdf.length) &&
    mutant.subarray(pdf.length).every((octet) => octet <= 0x20);
  const container = (form: 'xades' | 'cades') =>
    signAsic([{ name: 'van-ban.txt', bytes: CONTENT }], signer, { ...more, kind: 'E', form });
  const contained = (mutant: Uint8Array) =>
    readZip(mutant).some(
      (entry) => entry.name === 'van-ban.txt' && Buffer.compare(entry.bytes, CONTENT) === 0,
    );
  return [
    { name: 'a.pdf', bytes: pdf, intact: pdfIntact },
    { name: 'b.pdf', bytes: addNote(pdf), intact: () => false },
    { name: 'a.xml', bytes: await signXml(xml, signer, { ...more, xades: true }), intact: marked },
    { name: 'b.xml', bytes: await signXml(xml, signer, more), intact: marked },
    {
      name: 'a.p7m',
      bytes: await buildCms(signer, { content: [CONTENT], ...more, attached: true }),
      intact: has,
    },
    { name: 'a.asice', bytes: await container('xades'), intact: contained },
    { name: 'b.asice', bytes: await container('cades'), intact: contained },
  ];
}

/** How good a verdict is; an error is none. */
const RANK: Readonly<Record<string, number>> = {
  'TOTAL-PASSED': 3,
  INDETERMINATE: 2,
  'TOTAL-FAILED': 1,
  'NO-SIGNATURE': 0,
};

async function verdictOf(file: NamedFile): Promise<string> {
  try {
    return (await verifyFile(file, options)).verdict;
  } catch (error) {
    if (error instanceof SigningError) return error.code;
    throw error;
  }
}

describe('mutants of signed files', () => {
  let files: Seed[];

  before(async () => {
    files = await seeds();
  });

  it(`never crash, hang, or pass with other octets than were signed (${COUNT})`, async function () {
    this.timeout(0);
    const failures: string[] = [];
    const originals = new Map<string, string>();
    for (const file of files) originals.set(file.name, await verdictOf(file));
    for (let index = 0; index < COUNT && failures.length < 10; index += 1) {
      const seed = FIRST_SEED + index;
      const file = files[index % files.length] as Seed;
      const other = files[(index * 7 + 3) % files.length] as Seed;
      const bytes = mutate(file.bytes, other.bytes, seed);
      const started = performance.now();
      const used = process.cpuUsage();
      let verdict: string;
      try {
        verdict = await verdictOf({ name: file.name, bytes });
      } catch (error) {
        verdict = `crash ${error instanceof Error ? error.stack : String(error)}`;
      }
      const { user, system } = process.cpuUsage(used);
      const elapsed = Math.min(performance.now() - started, (user + system) / 1000);
      const original = originals.get(file.name) ?? '';
      const better = (RANK[verdict] ?? 0) > (RANK[original] ?? 0);
      const forged = verdict === 'TOTAL-PASSED' && !file.intact(bytes);
      if (verdict.startsWith('crash') || elapsed > SLOW_MS || better || forged)
        failures.push(
          `seed ${seed} of ${file.name} (${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}): ${original} -> ${verdict}, ${elapsed.toFixed(0)} ms`,
        );
    }

    expect([...originals.values()].filter((verdict) => verdict === 'TOTAL-PASSED')).to.have.length(6);
    expect(failures).to.deep.equal([]);
  });

  it('are never passed after a change of any one octet of what was signed', async function () {
    this.timeout(0);
    const passed: string[] = [];
    for (const file of files) {
      const whole = Buffer.from(file.bytes);
      const start = whole.indexOf(file.name.endsWith('.pdf') ? '%PDF-' : CONTENT.subarray(0, 16));
      if (start < 0) continue;
      const length = file.name.endsWith('.pdf') ? 4000 : CONTENT.length - 2;
      for (let place = start; place < Math.min(whole.length, start + length); place += 13) {
        const bytes = Buffer.from(whole);
        bytes[place] = (bytes[place] ?? 0) ^ 0x01;
        if ((await verdictOf({ name: file.name, bytes })) === 'TOTAL-PASSED')
          passed.push(`${file.name} at ${place}`);
      }
    }

    expect(passed).to.deep.equal([]);
  });
});
