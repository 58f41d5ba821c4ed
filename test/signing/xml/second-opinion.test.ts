/** xml-crypto, which many agencies' Node programs verify with, as a second opinion on the XML-DSig we make. */
import { generateKeyPairSync } from 'node:crypto';
import { DOMParser } from '@xmldom/xmldom';
import { expect } from 'chai';
import { SignedXml } from 'xml-crypto';
import { signXml, verifyFile } from '../../../src/signing/index.ts';
import { makeSigning } from '../signers.ts';
import { attempt, scratch, sharedPki, signerOf } from '../test-pki/shared.ts';
import { NOW } from '../x509/authority.ts';

const EDXML =
  '<?xml version="1.0" encoding="UTF-8"?>\n<edXML:edXML xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:edXMLEnvelope><edXML:edXMLHeader><edXML:MessageHeader><edXML:Subject>V/v thử</edXML:Subject></edXML:MessageHeader><edXML:SignatureHeader/></edXML:edXMLHeader><edXML:edXMLBody/></edXML:edXMLEnvelope></edXML:edXML>';

const DOCUMENT =
  '<vanBan xmlns="urn:thu"><trichYeu>Về việc thử nghiệm &amp; kiểm tra</trichYeu><so>12</so></vanBan>';

/** What xml-crypto says of the signature, with the signer's certificate as the only key. */
function xmlCryptoAccepts(xml: string, certificate: Uint8Array): boolean {
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  const [signature] = Array.from(
    document.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature'),
  );
  if (signature === undefined) throw new Error('no signature in the document');
  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  const verifier = new SignedXml({ publicCert: pem, getCertFromKeyInfo: () => null });
  verifier.loadSignature(signature as unknown as Node);
  try {
    return verifier.checkSignature(xml);
  } catch {
    return false;
  }
}

describe('XML-DSig read by xml-crypto', () => {
  const signing = makeSigning(generateKeyPairSync('rsa', { modulusLength: 2048 }));

  it('accepts what we sign with RSA', async () => {
    const signed = Buffer.from(
      await signXml(Buffer.from(DOCUMENT), signing.signer, { signingTime: NOW }),
    ).toString('utf8');

    expect(xmlCryptoAccepts(signed, signing.signer.certificate)).to.equal(true);
  });

  it('refuses it after one changed letter, as we do', async () => {
    const signed = Buffer.from(
      await signXml(Buffer.from(DOCUMENT), signing.signer, { signingTime: NOW }),
    ).toString('utf8');

    expect(
      xmlCryptoAccepts(signed.replace('<so>12</so>', '<so>21</so>'), signing.signer.certificate),
    ).to.equal(false);
  });

  it('accepts the signature inside the header of an edXML message, as xmlsec1 does', async () => {
    const agency = await signerOf('agency');
    for (const xades of [false, true]) {
      const bytes = await signXml(Buffer.from(EDXML), agency, {
        signingTime: new Date(),
        placement: 'edxml-header',
        xades,
      });
      const xml = Buffer.from(bytes).toString('utf8');

      // As senders on the axis write it: last in the header, plain element names, the subject beside the certificate.
      expect(xml).to.match(
        /<Signature [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/09\/xmldsig#"[\s\S]*<X509SubjectName>[\s\S]*<\/Signature><\/edXML:edXMLHeader>/,
      );
      // xml-crypto knows no XAdES; xadesjs takes only a child of the root for an enveloped signature.
      if (!xades) {
        expect(xmlCryptoAccepts(xml, agency.certificate)).to.equal(true);
        expect(xmlCryptoAccepts(xml.replace('V/v thử', 'V/v thật'), agency.certificate)).to.equal(false);
      }
      const { trustDirectory, intermediatesDirectory } = await sharedPki();
      const trust = [
        ['--trusted-der', `${trustDirectory}/root.crt`],
        ['--untrusted-der', `${intermediatesDirectory}/sub.crt`],
      ].flat();
      const ids = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];
      expect(attempt('xmlsec1', '--verify', ...trust, ...ids, scratch('a.edxml', bytes)).output).to.match(
        /^OK$/m,
      );
      const report = await verifyFile(
        { name: 'a.edxml', bytes },
        { trust: agency.chain.slice(-1), now: new Date(), offline: true },
      );
      expect(report).to.include({ format: 'EDXML' });
      expect(report.signatures[0]).to.include({ coverage: 'whole-document', subIndication: 'TRY_LATER' });
    }
  });
});
