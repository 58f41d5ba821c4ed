import { expect } from 'chai';
import { signAsic } from '../../../src/signing/asic/index.ts';
import { readZip } from '../../../src/signing/asic/zip.ts';
import { SigningError, signXml, verifyFile } from '../../../src/signing/index.ts';
import { zip } from '../asic/zip-writer.ts';
import { makeSigning } from '../signers.ts';
import { NOW } from '../x509/authority.ts';

const signing = makeSigning();
const options = { ...signing.options, intermediates: [signing.ca.der] };

/** Whether a file passes and the report has no word of warning. */
async function passesQuietly(name: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const { verdict, signatures } = await verifyFile({ name, bytes }, options);
    const warned = signatures.some(({ messages }) => messages.some(({ level }) => level !== 'info'));
    return verdict === 'TOTAL-PASSED' && !warned;
  } catch (error) {
    if (error instanceof SigningError) return false;
    throw error;
  }
}

/** Start tags and whole elements of a document without comments, by their octets. */
function elementsOf(
  xml: string,
): { readonly name: string; readonly start: number; readonly open: number; readonly end: number }[] {
  const stack: { name: string; start: number; open: number }[] = [];
  const found: { name: string; start: number; open: number; end: number }[] = [];
  for (const match of xml.matchAll(/<(\/?)([\w:]+)[^>]*>/g)) {
    const at = match.index + match[0].length;
    if (match[1] === '') stack.push({ name: match[2] ?? '', start: match.index, open: at });
    else found.push({ ...(stack.pop() ?? { name: '', start: 0, open: 0 }), end: at });
  }
  return found;
}

/** What changes neither what is signed nor who signed nor anything shown: names inside a signature, spare certificates, the frame. */
const HARMLESS = [
  /^ds:Signature(?:Value)? Id="[^"]*" (?:gone|changed)$/,
  /^xades:QualifyingProperties Target="[^"]*" (?:gone|changed)$/,
  /^ds:X509(?:Certificate|Data) (?:twice|gone|with text in it)$/,
  /^(?:mimetype|META-INF\/manifest\.xml) (?:gone|longer)$/,
  /^META-INF\/signatures001\.xml longer$/,
];
const telling = (quiet: readonly string[]) =>
  quiet.filter((what) => !HARMLESS.some((form) => form.test(what)));

describe('one thing more, less or twice in a signed file', () => {
  it('never passes without a word: elements and attributes of XML', async () => {
    const text =
      '<hoSo xmlns="urn:x" so="12"><kinhGui>Sở Tài chính</kinhGui><soTien donVi="đồng">100</soTien></hoSo>';
    const signed = Buffer.from(
      await signXml(Buffer.from(text), signing.signer, { signingTime: NOW, xades: true }),
    ).toString();
    const quiet: string[] = [];
    const attempt = async (what: string, xml: string) => {
      if (await passesQuietly('a.xml', Buffer.from(xml))) quiet.push(what);
    };

    expect(await passesQuietly('a.xml', Buffer.from(signed))).to.equal(true);
    for (const { name, start, open, end } of elementsOf(signed)) {
      const whole = signed.slice(start, end);
      const [before, after] = [signed.slice(0, start), signed.slice(end)];
      await attempt(`${name} gone`, before + after);
      await attempt(`${name} twice`, before + whole + whole + after);
      await attempt(`${name} with an element before`, `${before}<x/>${whole}${after}`);
      await attempt(`${name} with an element in it`, `${signed.slice(0, open)}<x/>${signed.slice(open)}`);
      await attempt(`${name} with text in it`, `${signed.slice(0, open)}9${signed.slice(open)}`);
      await attempt(
        `${name} with an attribute`,
        `${signed.slice(0, open - 1)} x="9"${signed.slice(open - 1)}`,
      );
      for (const { 0: attribute, index } of signed.slice(start, open).matchAll(/ (?!xmlns)[\w:]+="[^"]*"/g)) {
        const [from, to] = [start + index, start + index + attribute.length];
        await attempt(`${name}${attribute} gone`, signed.slice(0, from) + signed.slice(to));
        await attempt(`${name}${attribute} changed`, `${signed.slice(0, to - 1)}9${signed.slice(to - 1)}`);
      }
    }

    expect(telling(quiet)).to.deep.equal([]);
  });

  for (const form of ['xades', 'cades'] as const)
    it(`never passes without a word: entries of a container with ${form}`, async () => {
      const files = ['a.txt', 'b.txt'].map((name) => ({ name, bytes: Buffer.from(`nội dung ${name}`) }));
      const entries = readZip(
        await signAsic(files, signing.signer, { signingTime: NOW, kind: 'E', form }),
      ).map(({ name, bytes }) => ({ name, data: bytes }));
      const quiet: string[] = [];
      const attempt = async (what: string, changed: typeof entries) => {
        if (await passesQuietly('a.asice', zip(changed))) quiet.push(what);
      };

      expect(await passesQuietly('a.asice', zip(entries))).to.equal(true);
      for (const entry of entries) {
        const others = entries.filter((item) => item !== entry);
        await attempt(`${entry.name} gone`, others);
        await attempt(`${entry.name} twice`, [...entries, entry]);
        await attempt(`${entry.name} under another name`, [...others, { ...entry, name: `x/${entry.name}` }]);
        await attempt(`${entry.name} copied`, [...entries, { ...entry, name: `x/${entry.name}` }]);
        await attempt(`${entry.name} longer`, [
          ...others,
          { ...entry, data: Buffer.concat([entry.data, Buffer.from(' ')]) },
        ]);
      }

      expect(telling(quiet)).to.deep.equal([]);
    });

  it('is a verdict and no crash: any octet of the key in a certificate of the chain', async () => {
    const signed = Buffer.from(
      await signXml(Buffer.from('<a/>'), signing.signer, { signingTime: NOW }),
    ).toString();
    const certificate = Buffer.from(signing.ca.der);
    const key = signing.ca.publicKey.export({ format: 'der', type: 'spki' });
    const start = certificate.indexOf(key);
    const passed: number[] = [];
    for (let at = start; at < start + 30; at += 1) {
      const changed = Buffer.from(certificate);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const xml = signed.replace(certificate.toString('base64'), changed.toString('base64'));
      const { verdict } = await verifyFile({ name: 'a.xml', bytes: Buffer.from(xml) }, signing.options);
      if (verdict === 'TOTAL-PASSED') passed.push(at);
    }

    expect(start).to.be.greaterThan(0);
    expect(passed).to.deep.equal([]);
  });
});
