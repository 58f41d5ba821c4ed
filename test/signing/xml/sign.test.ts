import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { SigningError, signXml, verifyFile } from '../../../src/signing/index.ts';
import { makeSigning, type Signing } from '../signers.ts';
import { NOW } from '../x509/authority.ts';

const EDXML =
  '<?xml version="1.0" encoding="utf-8"?>\n<!-- công văn --><edXML:edXML xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">\r\n' +
  '<edXML:edXMLEnvelope><edXML:edXMLHeader><edXML:SignatureHeader/></edXML:edXMLHeader>' +
  '<edXML:Subject a="1 &gt; 0">Về việc thử nghiệm &amp; kiểm tra <![CDATA[<x>]]></edXML:Subject></edXML:edXMLEnvelope></edXML:edXML>\n';

/** Exit of xmlsec1 over a signed file with the root as the only anchor. */
function xmlsecAccepts(signed: Uint8Array, { anchor, ca }: Signing): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'lt-xml-'));
  try {
    writeFileSync(join(dir, 'signed.xml'), signed);
    writeFileSync(join(dir, 'root.der'), anchor.der);
    writeFileSync(join(dir, 'ca.der'), ca.der);
    const time = NOW.toISOString().slice(0, 19).replace('T', ' ');
    const args = [
      '--verify',
      '--trusted-der',
      join(dir, 'root.der'),
      '--untrusted-der',
      join(dir, 'ca.der'),
      '--verification-gmt-time',
      time,
    ];
    const ids = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];
    execFileSync('xmlsec1', [...args, ...ids, join(dir, 'signed.xml')], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('signing XML', () => {
  const ecdsa = makeSigning();
  const rsa = makeSigning(generateKeyPairSync('rsa', { modulusLength: 2048 }));
  const p384 = makeSigning(generateKeyPairSync('ec', { namedCurve: 'P-384' }));
  const makers: readonly [string, Signing][] = [
    ['ECDSA P-256', ecdsa],
    ['RSA-2048', rsa],
    ['ECDSA P-384', p384],
  ];
  for (const [name, signing] of makers) {
    for (const xades of [false, true]) {
      it(`makes ${xades ? 'a XAdES-B' : 'an XML-DSig'} signature with ${name} that xmlsec1 and we accept`, async () => {
        const signed = await signXml(Buffer.from(EDXML), signing.signer, {
          signingTime: NOW,
          xades,
          digest: 'sha384',
        });
        const report = await verifyFile({ name: 'a.edxml', bytes: signed }, signing.options);

        expect(xmlsecAccepts(signed, signing)).to.equal(true);
        expect(report).to.deep.include({ verdict: 'TOTAL-PASSED', format: 'EDXML' });
        expect(report.signatures[0]).to.deep.include({
          format: xades ? 'XAdES-B-B' : 'XML-DSig',
          coverage: 'whole-document',
          claimedSigningTime: xades ? NOW.toISOString() : null,
        });
      });
    }
  }

  it('adds the signature and changes no other octet', async () => {
    const signed = Buffer.from(
      await signXml(Buffer.from(EDXML), ecdsa.signer, { signingTime: NOW, xades: true }),
    ).toString('utf8');
    const start = signed.indexOf('<ds:Signature ');
    const end = signed.indexOf('</ds:Signature>') + '</ds:Signature>'.length;

    expect(signed.slice(0, start) + signed.slice(end)).to.equal(EDXML);
  });

  it('puts the signature where it is asked to, opening an empty element if need be', async () => {
    const namespaces = { e: 'http://www.mic.gov.vn/TBT/QCVN_102_2016' };
    const options = { signingTime: NOW, parentXPath: '//e:SignatureHeader', namespaces };
    const signed = await signXml(Buffer.from(EDXML), ecdsa.signer, options);
    const report = await verifyFile({ name: 'a.edxml', bytes: signed }, ecdsa.options);

    expect(Buffer.from(signed).toString('utf8')).to.match(
      /<edXML:SignatureHeader><ds:Signature .*<\/ds:Signature><\/edXML:SignatureHeader>/,
    );
    expect(report.verdict).to.equal('TOTAL-PASSED');
  });

  it('refuses what it cannot sign, with a code', async () => {
    const refuse = async (xml: Uint8Array | string, code: string, more = {}) => {
      try {
        await signXml(typeof xml === 'string' ? Buffer.from(xml) : xml, ecdsa.signer, {
          signingTime: NOW,
          ...more,
        });
        expect.fail('signed all the same');
      } catch (error) {
        expect(error).to.be.instanceOf(SigningError).with.property('code', code);
      }
    };

    await refuse('<a>', 'XML_INVALID');
    await refuse('<!DOCTYPE a []><a/>', 'XML_INVALID');
    await refuse(Buffer.from('\ufeff<a/>', 'utf16le'), 'XML_INVALID');
    await refuse('<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'XML_INVALID');
    await refuse('<a/>', 'XML_TOO_LARGE', { limits: { maxBytes: 3 } });
    await refuse('<a><b/><b/></a>', 'SIGNING_OPTION_INVALID', { parentXPath: '//b' });
    await refuse('<a/>', 'SIGNING_OPTION_INVALID', { parentXPath: '//none' });
  });

  it('never passes once any octet has changed', async () => {
    const signed = await signXml(Buffer.from(EDXML), ecdsa.signer, { signingTime: NOW, xades: true });
    const canonical = new Set(['TOTAL-FAILED', 'INDETERMINATE', 'NO-SIGNATURE', 'error']);
    const verdictOf = async (bytes: Uint8Array) => {
      try {
        return await verifyFile({ name: 'x.xml', bytes }, ecdsa.options);
      } catch (error) {
        expect(error).to.be.instanceOf(SigningError);
        return { verdict: 'error' };
      }
    };

    await fc.assert(
      fc.asyncProperty(fc.nat(signed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const altered = Uint8Array.from(signed);
        altered[at] = (altered[at] ?? 0) ^ change;
        const signedPart: string[] = [];
        const report = await verifyFile(
          { name: 'x.xml', bytes: altered },
          {
            ...ecdsa.options,
            onSigned: (_, content) => signedPart.push(Buffer.from(content).toString('utf8')),
          },
        ).catch(() => verdictOf(altered));
        if (report.verdict !== 'TOTAL-PASSED') return canonical.has(report.verdict);
        // Octets that mean nothing after parsing (spaces in tags, quotes, comments, line ends) may change: what was signed may not.
        const original = await verifyFile(
          { name: 'x.xml', bytes: signed },
          {
            ...ecdsa.options,
            onSigned: (_, content) => signedPart.push(Buffer.from(content).toString('utf8')),
          },
        );
        return original.verdict === 'TOTAL-PASSED' && signedPart[0] === signedPart[1];
      }),
      { numRuns: 250 },
    );
  });
});
