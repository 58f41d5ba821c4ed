/** Kinds of PDF that are met less often, each signed and judged by qpdf, pdfsig and us. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { drawSealPng, drawSignaturePng } from '../../../../src/signing/appearance/index.ts';
import { issueCertificate, type Signer } from '../../../../src/signing/index.ts';
import { signerFromKey } from '../../../../src/signing/keys/signer.ts';
import { inspectPdf, type PdfSignOptions, signPdf } from '../../../../src/signing/pdf/index.ts';
import {
  array,
  dict,
  name,
  type PdfValue,
  ref,
  stream,
  text,
  withEntries,
} from '../../../../src/signing/pdf/syntax/values.ts';
import { attempt, errorCode, run, scratch, sharedPki, signerOf, TEST_NOW } from '../../test-pki/shared.ts';
import { append, dictAt } from '../attacks/revisions-support.ts';
import { LETTER, makePdf } from '../make-pdf.ts';

async function sign(
  pdf: Uint8Array,
  options: Omit<PdfSignOptions, 'signingTime'> = {},
  signer?: Signer,
): Promise<Uint8Array> {
  return signPdf(pdf, signer ?? (await signerOf('leader')), { signingTime: TEST_NOW, ...options });
}

/** qpdf finds the structure sound, pdfsig and we the signatures. */
async function assertSound(pdf: Uint8Array, signatures = 1): Promise<void> {
  const path = scratch('family.pdf', pdf);
  expect(attempt('qpdf', '--check', path)).to.include({ status: 0 });
  const { output } = attempt('pdfsig', '-nocert', path);
  expect(output.match(/Signature is Valid/g) ?? [], output).to.have.length(signatures);
  const facts = await inspectPdf(pdf);
  expect(
    facts.map((item) => [item.digestsMatch, item.signatureValid, item.formatFaults.length]),
  ).to.deep.equal(Array(signatures).fill([true, true, 0]));
}

/** Objects in object streams for new readers, a table for old ones (ISO 32000-2 §7.5.8.4). */
function hybrid(): Uint8Array {
  const pdf = Buffer.from(makePdf({ structure: 'stream', lines: LETTER }));
  const at = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(pdf.toString('latin1'))?.[1]);
  const size = Number(/\/Size (\d+)/.exec(pdf.toString('latin1', at))?.[1]);
  const tail = `xref\n0 1\n0000000000 65535 f\r\ntrailer\n<</Size ${size} /Root 1 0 R /XRefStm ${at}>>\nstartxref\n${pdf.length}\n%%EOF\n`;
  return new Uint8Array(Buffer.concat([pdf, Buffer.from(tail)]));
}

/** A file that says it is PDF/A of a part, with what that asks of its catalog. */
function pdfA(part: 1 | 2 | 3, structure: 'table' | 'stream' = 'table'): Uint8Array {
  const xmp = `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>${part}</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;
  const metadata = stream(
    { Type: name('Metadata'), Subtype: name('XML') },
    new Uint8Array(Buffer.from(xmp, 'utf8')),
  );
  const intent = dict({
    Type: name('OutputIntent'),
    S: name('GTS_PDFA1'),
    OutputConditionIdentifier: text('sRGB'),
  });
  return makePdf({
    structure,
    lines: LETTER,
    catalog: { Metadata: ref(100), OutputIntents: array(ref(101)) },
    extra: new Map<number, PdfValue>([
      [100, metadata],
      [101, intent],
    ]),
  });
}

/** A form with an empty signature field that locks others when signed, and a text field. */
function locking(lock: PdfValue): Uint8Array {
  const widget = {
    Type: name('Annot'),
    Subtype: name('Widget'),
    Rect: array(50, 50, 150, 90),
    P: ref(10),
    F: 4,
  };
  return makePdf({
    catalog: { AcroForm: dict({ Fields: array(ref(100), ref(101)) }) },
    extra: new Map<number, PdfValue>([
      [100, dict({ ...widget, FT: name('Sig'), T: text('KyDuyet'), Lock: lock })],
      [101, dict({ ...widget, FT: name('Sig'), T: text('VanThu') })],
    ]),
  });
}

describe('kinds of PDF', () => {
  it('hybrid: read by its table and its stream, signed twice', async () => {
    const once = await sign(hybrid(), { profile: 'leader', anchorName: 'Nguyễn Văn An' });

    await assertSound(once);
    await assertSound(await sign(once), 2);
  });

  it('XFA forms: the form stays as it was, beside the signature; one that is drawn only when it is opened is refused', async () => {
    const xdp = stream({}, new Uint8Array(Buffer.from('<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"/>')));
    const form = (NeedsRendering: boolean) =>
      makePdf({
        catalog: { AcroForm: dict({ Fields: array(), XFA: ref(100) }), NeedsRendering },
        extra: new Map<number, PdfValue>([[100, xdp]]),
      });

    const signed = await sign(form(false));

    await assertSound(signed);
    const shown = run('qpdf', '--qdf', '--object-streams=disable', scratch('xfa.pdf', signed), '-');
    expect(shown).to.contain('/XFA ').and.contain('<xdp:xdp').and.contain('/NeedsRendering false');
    expect(await errorCode(() => sign(form(true)))).to.equal('PDF_FORM_DYNAMIC');
  });

  for (const part of [1, 2, 3] as const) {
    it(`PDF/A-${part} stays PDF/A: marks kept, nothing its part forbids added`, async () => {
      const pdf = pdfA(part, part === 1 ? 'table' : 'stream');
      const leader = await sign(pdf, {
        profile: 'leader',
        anchorName: 'Nguyễn Văn An',
        imagePng: drawSignaturePng('Nguyễn Văn An'),
      });
      const sealed = await sign(
        leader,
        { profile: 'agency', imagePng: drawSealPng('Ủy ban') },
        await signerOf('agency'),
      );
      const noted = await sign(sealed, { profile: 'copy' }, await signerOf('agency-ec'));
      const all = await sign(noted, {}, await signerOf('leader-ec'));

      await assertSound(all, 4);
      expect(Buffer.compare(all.subarray(0, pdf.length), pdf)).to.equal(0);
      const added = Buffer.from(all.subarray(pdf.length)).toString('latin1');
      expect(added).not.to.match(/\/Encrypt|\/JavaScript|\/NeedAppearances|\/LZWDecode/);
      const shown = run('qpdf', '--qdf', '--object-streams=disable', scratch('pdfa.pdf', all), '-');
      expect(shown).to.contain(`<pdfaid:part>${part}</pdfaid:part>`).and.contain('/GTS_PDFA1');
      // ISO 19005: every annotation printed and, for part 1, with an appearance; no transparency in part 1.
      const widgets =
        shown.match(/<<[^<>]*(?:<<[^<>]*>>[^<>]*)*\/Subtype \/Widget[^<>]*(?:<<[^<>]*>>[^<>]*)*>>/g) ?? [];
      expect(widgets).to.have.length(4);
      for (const widget of widgets) {
        expect(widget).to.match(/\/F 1(3[26]|96)\b|\/F 4\b/);
        if (part === 1) expect(widget).to.contain('/AP');
      }
      if (part === 1) expect(added).not.to.match(/\/SMask|\/Type ?\/XRef|\/ObjStm|\/S ?\/Transparency/);
      const fonts = run('pdffonts', scratch('pdfa.pdf', all)).split('\n').slice(2, -1);
      for (const font of fonts) expect(font).to.match(/ yes yes yes /);
    });
  }

  it('RSA-PSS signatures, by a PSS key and by a key for any padding', async () => {
    const { authorities } = await sharedPki();
    const chain = [authorities.sub.certificate, authorities.root.certificate];
    for (const type of ['rsa-pss', 'rsa'] as const) {
      const { privateKey } =
        type === 'rsa'
          ? generateKeyPairSync('rsa', { modulusLength: 2048 })
          : generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
      const certificate = await issueCertificate(
        {
          subject: { commonName: 'Người ký PSS', organization: 'Thử' },
          publicKey: createPublicKey(privateKey),
          profile: 'leader',
          notBefore: new Date('2026-01-01'),
          notAfter: new Date('2028-01-01'),
        },
        authorities.sub,
      );
      const signer = signerFromKey(privateKey, certificate, chain, { pss: true });
      for (const digest of ['sha256', 'sha384', 'sha512'] as const) {
        const signed = await sign(makePdf(), { digest }, signer);

        const latin = Buffer.from(signed).toString('latin1');
        const [, start = 0, end = 0, rest = 0] = (
          /\/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]/.exec(latin) ?? []
        ).map(Number);
        const cms = Buffer.from(latin.slice(start + 1, end - 1), 'hex');
        const content = Buffer.concat([signed.subarray(0, start), signed.subarray(end, end + rest)]);
        const files = ['-in', scratch('pss.der', cms.subarray(0, cms.readUInt16BE(2) + 4)), '-content'];
        const said = attempt(
          'openssl',
          ...['cms', '-verify', '-binary', '-inform', 'DER', '-noverify', ...files],
          ...[scratch('pss.bin', content), '-out', '/dev/null'],
        );
        expect(said.output, `${type} ${digest}`).to.contain('CMS Verification successful');
        expect((await inspectPdf(signed))[0]).to.include({ digestsMatch: true, signatureValid: true });
      }
    }
  });

  it('/Lock: the signature carries it as FieldMDP, and locked fields are not signed afterwards', async () => {
    const all = dict({ Type: name('SigFieldLock'), Action: name('All') });
    const only = dict({ Type: name('SigFieldLock'), Action: name('Include'), Fields: array(text('VanThu')) });
    for (const [lock, reach] of [
      [all, ['VanThu', undefined]],
      [only, ['VanThu']],
    ] as const) {
      const signed = await sign(locking(lock), { field: 'KyDuyet' });

      await assertSound(signed);
      expect(Buffer.from(signed).toString('latin1')).to.match(/\/TransformMethod ?\/FieldMDP/);
      for (const field of reach)
        expect(await errorCode(() => sign(signed, field === undefined ? {} : { field }))).to.equal(
          'PDF_SIGNING_FORBIDDEN',
        );
    }
    const other = await sign(await sign(locking(only), { field: 'KyDuyet' }));
    await assertSound(other, 2);
  });

  it('/Lock: a locked signature field that is signed all the same breaks the signature that locked it', async () => {
    const lockOf = (field: string) =>
      dict({ Type: name('SigFieldLock'), Action: name('Include'), Fields: array(text(field)) });
    for (const [lock, allowed] of [
      [lockOf('VanThu'), false],
      [lockOf('Khac'), true],
    ] as const) {
      const signed = await sign(locking(lock), { field: 'KyDuyet' });
      const value = dict({
        Type: name('Sig'),
        Filter: name('Adobe.PPKLite'),
        SubFilter: name('ETSI.CAdES.detached'),
      });
      const filled = append(
        signed,
        (document, next) =>
          new Map<number, PdfValue>([
            [next, value],
            [101, withEntries(dictAt(document, 101), { V: ref(next) })],
          ]),
      );

      const changes = (await inspectPdf(filled))[0]?.changesAfterSigning ?? [];
      expect(changes.find(({ kind }) => kind === 'signature-added')?.allowed).to.equal(allowed);
    }
  });
});
