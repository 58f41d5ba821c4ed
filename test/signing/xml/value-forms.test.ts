import { generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'chai';
import { signXml, verifyFile } from '../../../src/signing/index.ts';
import { ecdsaValue, verifyValue, xmlScheme } from '../../../src/signing/xml/algorithms.ts';
import { makeSigning } from '../signers.ts';
import { NOW } from '../x509/authority.ts';

const signing = makeSigning();
const options = { ...signing.options, intermediates: [signing.ca.der] };
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const ECDSA = xmlScheme('http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256');
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const DATA = Buffer.from('số liệu');

function valueIn(encoding: 'ieee-p1363' | 'der'): Buffer {
  return sign('sha256', DATA, { key: keys.privateKey, dsaEncoding: encoding });
}

function accepts(value: Uint8Array): boolean {
  return ECDSA !== null && verifyValue(ECDSA, keys.publicKey, DATA, value);
}

async function signedText(): Promise<string> {
  const signed = await signXml(Buffer.from('<doc Id="d"><a>1</a></doc>'), signing.signer, {
    signingTime: NOW,
  });
  return Buffer.from(signed).toString();
}

async function verdictOf(xml: string): Promise<string> {
  const report = await verifyFile({ name: 'x.xml', bytes: Buffer.from(xml) }, options);
  return `${report.verdict} ${report.signatures[0]?.subIndication ?? ''}`.trim();
}

describe('ECDSA values in XML', () => {
  it('are read as r‖s, padded, stripped of zeros, or as an ASN.1 sequence: the integers are the same', () => {
    const plain = valueIn('ieee-p1363');
    const [r, s] = [plain.subarray(0, 32), plain.subarray(32)];

    expect(accepts(plain)).to.equal(true);
    expect(accepts(Buffer.concat([Buffer.of(0), r, Buffer.of(0), s]))).to.equal(true);
    expect(accepts(valueIn('der'))).to.equal(true);
    expect(Buffer.from(ecdsaValue(Buffer.of(1, 2, 3, 4), 32)).toString('hex')).to.equal(
      `${'0102'.padStart(64, '0')}${'0304'.padStart(64, '0')}`,
    );
  });

  it('are refused when anything else is in them', () => {
    const plain = valueIn('ieee-p1363');
    const der = valueIn('der');

    expect(accepts(Buffer.concat([plain, Buffer.of(0)]))).to.equal(false);
    expect(
      accepts(Buffer.concat([Buffer.of(1), plain.subarray(0, 32), Buffer.of(1), plain.subarray(32)])),
    ).to.equal(false);
    expect(accepts(Buffer.concat([der, Buffer.of(0, 0)]))).to.equal(false);
    expect(accepts(Buffer.alloc(64))).to.equal(false);
    expect(accepts(new Uint8Array(0))).to.equal(false);
  });
});

describe('RetrievalMethod', () => {
  /** The X509Data of a signature, moved into an Object that `method` points at. */
  async function moved(method: string, more = ''): Promise<string> {
    const xml = await signedText();
    const [data = ''] = /<ds:X509Data>.*?<\/ds:X509Data>/s.exec(xml) ?? [];
    expect(data).to.not.equal('');
    const named = data.replace('<ds:X509Data>', '<ds:X509Data Id="chung-thu">');
    return xml
      .replace(data, method)
      .replace('</ds:Signature>', `<ds:Object>${named}${more}</ds:Object></ds:Signature>`);
  }

  it('of this very document brings the certificate', async () => {
    const method = `<ds:RetrievalMethod URI="#chung-thu" Type="${DS}X509Data"/>`;

    expect(await verdictOf(await moved(method))).to.equal('TOTAL-PASSED');
  });

  it('is not followed outside, through transforms, to another type, or to two elements of one Id', async () => {
    const outside = `<ds:RetrievalMethod URI="http://127.0.0.1:9/x" Type="${DS}X509Data"/>`;
    const transformed = `<ds:RetrievalMethod URI="#chung-thu" Type="${DS}X509Data"><ds:Transforms/></ds:RetrievalMethod>`;
    const other = `<ds:RetrievalMethod URI="#chung-thu" Type="${DS}RSAKeyValue"/>`;
    const plain = `<ds:RetrievalMethod URI="#chung-thu" Type="${DS}X509Data"/>`;

    for (const method of [outside, transformed, other])
      expect(await verdictOf(await moved(method))).to.equal('INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND');
    expect(await verdictOf(await moved(plain, '<x Id="chung-thu"/>'))).to.not.include('PASSED');
  });
});
