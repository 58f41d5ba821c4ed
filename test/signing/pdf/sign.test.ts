import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { octetString, sequence } from '../../../src/signing/cms/der-write.ts';
import type { SignatureFacts } from '../../../src/signing/facts.ts';
import { hasPdfSignatures, inspectPdf, isPdf, signPdf } from '../../../src/signing/pdf/index.ts';
import { array, dict, name, ref, text } from '../../../src/signing/pdf/syntax/values.ts';
import { attempt, errorCode, run, scratch, scratchPath, signerOf, TEST_NOW } from '../test-pki/shared.ts';
import { makePdf } from './make-pdf.ts';

const PLAIN = { signingTime: TEST_NOW };

function passes(facts: SignatureFacts): boolean {
  return (
    facts.formatFaults.length === 0 &&
    facts.digestsMatch === true &&
    facts.signatureValid === true &&
    facts.signerCertificateBound === true
  );
}

/** What pdfsig says of each signature, certificates apart. */
function pdfsig(pdf: Uint8Array): string[] {
  const output = attempt('pdfsig', '-nocert', scratch('signed.pdf', pdf)).output;
  return [...output.matchAll(/Signature Validation: (.*)/g)].map(([, verdict = '']) => verdict);
}

function qpdfCheck(pdf: Uint8Array): { status: number | null; output: string } {
  return attempt('qpdf', '--check', scratch('checked.pdf', pdf));
}

function startsWith(long: Uint8Array, short: Uint8Array): boolean {
  return Buffer.compare(long.subarray(0, short.length), short) === 0;
}

describe('signPdf', () => {
  for (const structure of ['table', 'stream'] as const) {
    for (const [id, digest] of [
      ['leader', 'sha256'],
      ['agency-ec', 'sha384'],
    ] as const) {
      it(`signs a file with a cross-reference ${structure} as ${id}, and pdfsig, qpdf and we agree that it is sound`, async () => {
        const pdf = makePdf({ structure });

        const signed = await signPdf(pdf, await signerOf(id), { ...PLAIN, digest });

        expect(startsWith(signed, pdf)).to.equal(true);
        expect(pdfsig(signed)).to.deep.equal(['Signature is Valid.']);
        expect(qpdfCheck(signed)).to.include({ status: 0 });
        const facts = await inspectPdf(signed);
        expect(facts.map((item) => [item.format, item.coverage, passes(item)])).to.deep.equal([
          ['PAdES-B-B', 'whole-document', true],
        ]);
      });
    }
  }

  it('signs what qpdf and others rewrote: linearized, compressed, from version 1.4', async () => {
    const plain = scratch('plain.pdf', makePdf({ pages: 3 }));
    for (const options of [
      ['--linearize'],
      ['--object-streams=generate'],
      ['--force-version=1.4', '--object-streams=disable'],
    ]) {
      run('qpdf', ...options, plain, scratchPath('rewritten.pdf'));

      const signed = await signPdf(
        readFileSync(scratchPath('rewritten.pdf')),
        await signerOf('leader'),
        PLAIN,
      );

      expect(pdfsig(signed), options.join()).to.deep.equal(['Signature is Valid.']);
      expect((await inspectPdf(signed)).map(passes), options.join()).to.deep.equal([true]);
    }
  });

  it('writes the time with the Vietnamese zone in /M and no signingTime into the CMS', async () => {
    const signed = await signPdf(makePdf(), await signerOf('leader'), {
      ...PLAIN,
      reason: 'Ký duyệt',
      location: 'Hà Nội',
    });

    const [facts] = await inspectPdf(signed);
    expect(Buffer.from(signed).includes("/M (D:20261121100405+07'00')")).to.equal(true);
    expect(facts?.claimedSigningTime).to.deep.equal(TEST_NOW);
    expect(facts?.remarks).to.deep.equal([]);
  });

  it('keeps every earlier signature intact over four signatures by different keys', async () => {
    let pdf = makePdf({ structure: 'stream' });
    for (const id of ['leader', 'leader-ec', 'agency', 'agency-ec'])
      pdf = await signPdf(pdf, await signerOf(id), PLAIN);

    expect(pdfsig(pdf)).to.deep.equal(Array(4).fill('Signature is Valid.'));
    const facts = await inspectPdf(pdf);
    expect(facts.map(passes)).to.deep.equal([true, true, true, true]);
    expect(facts.map((item) => item.id)).to.deep.equal(['ChuKy1', 'ChuKy2', 'ChuKy3', 'ChuKy4']);
    expect(
      facts.map((item) => item.changesAfterSigning.map((change) => `${change.kind} ${change.allowed}`)),
    ).to.deep.equal([3, 2, 1, 0].map((count) => Array(count).fill('signature-added true')));
  });

  it('uses an empty signature field that is there, and refuses one that is taken', async () => {
    const widget = dict({
      Type: name('Annot'),
      Subtype: name('Widget'),
      FT: name('Sig'),
      T: text('Lanh dao'),
      Rect: array(10, 10, 60, 40),
      P: ref(10),
      F: 4,
    });
    const pdf = makePdf({
      catalog: { AcroForm: dict({ Fields: array(ref(100)) }) },
      extra: new Map([[100, widget]]),
    });

    const signed = await signPdf(pdf, await signerOf('leader'), { ...PLAIN, field: 'Lanh dao' });

    expect((await inspectPdf(signed)).map((item) => [item.id, passes(item)])).to.deep.equal([
      ['Lanh dao', true],
    ]);
    expect(
      await errorCode(async () => signPdf(signed, await signerOf('agency'), { ...PLAIN, field: 'Lanh dao' })),
    ).to.equal('PDF_FIELD_TAKEN');
  });

  it('keeps what a trailer and a page say to the last digit, and lets no dangling reference meet a new object', async () => {
    const source = Buffer.from(makePdf()).toString('latin1');
    const exact = '[0 0 595.30393700787 841.88976377953]'.padEnd('[0 0 595 842]'.length);
    const grown = source.replaceAll('[0 0 595 842]', exact);
    const size = Number(/\/Size (\d+)/.exec(source)?.[1]);
    const start = grown.lastIndexOf('xref\n0 ');
    const old = Buffer.from(grown.slice(0, start), 'latin1');
    const entries = [...grown.slice(0, start).matchAll(/(?:^|\n)(\d+) 0 obj/g)].map((match) => [
      Number(match[1]),
      (match.index ?? 0) + (match[0].startsWith('\n') ? 1 : 0),
    ]);
    const rows = entries.map(([num, at]) => `${num} 1\n${String(at).padStart(10, '0')} 00000 n\r\n`).join('');
    const extra = `/AdditionalStreams [/application#2Fx ${size} 0 R]`;
    const tail = `xref\n0 1\n0000000000 65535 f\r\n${rows}trailer\n<</Size ${size} /Root 1 0 R ${extra}>>\nstartxref\n${old.length}\n%%EOF\n`;
    const first = await signPdf(
      Buffer.concat([old, Buffer.from(tail, 'latin1')]),
      await signerOf('leader-ec'),
      PLAIN,
    );

    const second = await signPdf(first, await signerOf('agency-ec'), PLAIN);

    const facts = await inspectPdf(second);
    expect(facts.map(passes)).to.deep.equal([true, true]);
    expect(Buffer.from(second).toString('latin1').split(exact.trim()).length).to.equal(4);
  });

  it('refuses where a certification allows no change, and what is encrypted, damaged or too big', async () => {
    const signer = await signerOf('leader');
    run(
      'qpdf',
      '--encrypt',
      'user',
      'owner',
      '256',
      '--',
      scratch('plain.pdf', makePdf()),
      scratchPath('encrypted.pdf'),
    );
    const reference = dict({
      Type: name('SigRef'),
      TransformMethod: name('DocMDP'),
      TransformParams: dict({ P: 1 }),
    });
    const certified = makePdf({
      catalog: { Perms: dict({ DocMDP: ref(100) }) },
      extra: new Map([[100, dict({ Type: name('Sig'), Reference: array(reference) })]]),
    });

    expect(await errorCode(() => signPdf(certified, signer, PLAIN))).to.equal('PDF_SIGNING_FORBIDDEN');
    expect(
      await errorCode(() => signPdf(readFileSync(scratchPath('encrypted.pdf')), signer, PLAIN)),
    ).to.equal('PDF_ENCRYPTED');
    expect(await errorCode(() => signPdf(makePdf().slice(0, 900), signer, PLAIN))).to.equal('PDF_INVALID');
    expect(await errorCode(() => signPdf(new Uint8Array(), signer, PLAIN))).to.equal('PDF_INVALID');
    expect(
      await errorCode(() => signPdf(makePdf(), signer, { ...PLAIN, limits: { maxBytes: 100 } })),
    ).to.equal('PDF_TOO_LARGE');
  });

  it('refuses a cross-reference chain that loops or points nowhere', async () => {
    const source = Buffer.from(makePdf()).toString('latin1');
    const start = /startxref\n(\d+)/.exec(source)?.[1] ?? '';
    const loop = source.replace('/Root 1 0 R>>', `/Root 1 0 R /Prev ${start}>>`);
    const nowhere = source.replace('/Root 1 0 R>>', '/Root 1 0 R /Prev 99999999>>');

    for (const broken of [loop, nowhere]) {
      expect(
        await errorCode(async () => signPdf(Buffer.from(broken, 'latin1'), await signerOf('leader'), PLAIN)),
      ).to.equal('PDF_INVALID');
    }
  });

  it('makes room for a time-stamp token larger than foreseen', async () => {
    const token = bigToken();
    const timestampAuthority = { timestamp: () => Promise.resolve(token) };

    const signed = await signPdf(makePdf(), await signerOf('leader'), { ...PLAIN, timestampAuthority });

    const [facts] = await inspectPdf(signed);
    expect(facts?.format).to.equal('PAdES-B-T');
    expect(facts?.timestamps[0]?.token.length).to.equal(token.length);
    expect(facts === undefined ? false : passes(facts)).to.equal(true);
  });
});

/** A well-formed DER value of 30 000 octets, twice what is foreseen for a token. */
function bigToken(): Uint8Array {
  return sequence(octetString(new Uint8Array(30_000)));
}

describe('inspectPdf on what was signed', () => {
  it('never passes when any octet it covers was changed', async () => {
    const signed = await signPdf(makePdf(), await signerOf('leader-ec'), PLAIN);
    const text = Buffer.from(signed).toString('latin1');
    const holeStart = text.indexOf('/Contents <') + '/Contents '.length;
    const holeEnd = text.indexOf('>', holeStart) + 1;
    const outside = fc.nat(signed.length - 1).filter((at) => at < holeStart || at >= holeEnd);

    await fc.assert(
      fc.asyncProperty(outside, fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const changed = Uint8Array.from(signed);
        changed[at] = (changed[at] ?? 0) ^ mask;
        try {
          return !(await inspectPdf(changed)).some(passes);
        } catch (error) {
          return (error as { code?: string }).code === 'PDF_INVALID';
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is an empty list for a file without signatures', async () => {
    expect(await inspectPdf(makePdf())).to.deep.equal([]);
    expect([isPdf(makePdf()), hasPdfSignatures(makePdf()), isPdf(Buffer.from('<xml/>'))]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });

  it('refuses what is no PDF with PDF_INVALID', async () => {
    expect(await errorCode(() => inspectPdf(Buffer.from('not a pdf')))).to.equal('PDF_INVALID');
    expect(await errorCode(() => inspectPdf(Buffer.from('%PDF-1.7\n')))).to.equal('PDF_INVALID');
  });
});
