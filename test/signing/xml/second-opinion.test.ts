/** xml-crypto, which many agencies' Node programs verify with, as a second opinion on the XML-DSig we make. */
import { generateKeyPairSync } from 'node:crypto';
import { DOMParser } from '@xmldom/xmldom';
import { expect } from 'chai';
import { SignedXml } from 'xml-crypto';
import { signXml } from '../../../src/signing/index.ts';
import { makeSigning } from '../signers.ts';
import { NOW } from '../x509/authority.ts';

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
});
