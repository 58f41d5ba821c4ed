import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'chai';
import { signXml, verifyFile } from '../../../src/signing/index.ts';
import { ecdsaValue, schemeOf, verifyValue, xmlScheme } from '../../../src/signing/xml/algorithms.ts';
import { parseXml, XML_LIMITS } from '../../../src/signing/xml/document.ts';
import { inspectXml } from '../../../src/signing/xml/index.ts';
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

describe('RSA-PSS with its parameters spelled out (RFC 9231 §2.3.9)', () => {
  const MORE07 = 'http://www.w3.org/2007/05/xmldsig-more#';
  const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
  const SHA512 = 'http://www.w3.org/2001/04/xmlenc#sha512';
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const digest = (uri: string) => `<d:DigestMethod xmlns:d="${DS}" Algorithm="${uri}"/>`;
  const mask = (uri: string) =>
    `<MaskGenerationFunction Algorithm="${MORE07}MGF1">${digest(uri)}</MaskGenerationFunction>`;

  function accepts(parameters: string, digestName: string, saltLength: number): boolean {
    const inner = parameters === '' ? '' : `<RSAPSSParams xmlns="${MORE07}">${parameters}</RSAPSSParams>`;
    const xml = `<m xmlns="${DS}" Algorithm="${MORE07}rsa-pss">${inner}</m>`;
    const doc = parseXml(Buffer.from(xml), XML_LIMITS);
    try {
      const scheme = schemeOf(doc.root);
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const value = sign(digestName, DATA, { key: rsa.privateKey, padding, saltLength });
      return scheme !== null && verifyValue(scheme, rsa.publicKey, DATA, value);
    } finally {
      doc.dispose();
    }
  }

  it('verifies with the salt and the digest given, and with the defaults', () => {
    expect(accepts('', 'sha256', 32)).to.equal(true);
    expect(
      accepts(`${digest(SHA256)}<SaltLength>64</SaltLength><TrailerField>1</TrailerField>`, 'sha256', 64),
    ).to.equal(true);
    expect(accepts(`${digest(SHA512)}${mask(SHA512)}<SaltLength>20</SaltLength>`, 'sha512', 20)).to.equal(
      true,
    );
  });

  it('refuses another salt, another digest, another trailer and whatever is not of the schema', () => {
    expect(accepts('<SaltLength>20</SaltLength>', 'sha256', 32)).to.equal(false);
    expect(accepts(digest(SHA512), 'sha512', 64)).to.equal(false);
    expect(accepts('<TrailerField>2</TrailerField>', 'sha256', 32)).to.equal(false);
    expect(accepts('<SaltLength>-1</SaltLength>', 'sha256', 32)).to.equal(false);
    expect(accepts('<SaltLength>32</SaltLength><SaltLength>32</SaltLength>', 'sha256', 32)).to.equal(false);
    expect(accepts('<Extra/>', 'sha256', 32)).to.equal(false);
  });
});

describe('a document in a part of ISO 8859', () => {
  it('is verified as the same document in UTF-8, and read to the last octet', async () => {
    const signed = await signXml(Buffer.from('<doc Id="d"><a>őrző tűz</a></doc>'), signing.signer, {
      signingTime: NOW,
    });
    const text = Buffer.from(signed)
      .toString()
      .replace(/^<\?xml[^>]*\?>/, '');
    const latin2 = (body: string) =>
      Buffer.from(
        `<?xml version="1.0" encoding="ISO-8859-2"?>${body.replaceAll('ő', '\u00f5').replaceAll('ű', '\u00fb')}`,
        'latin1',
      );
    const verdict = async (bytes: Uint8Array) =>
      (await verifyFile({ name: 'x.xml', bytes }, options)).signatures.map(
        ({ indication, subIndication }) => `${indication} ${subIndication}`,
      );

    const utf8 = await verdict(Buffer.from(text));
    expect(await verdict(latin2(text))).to.deep.equal(utf8);
    expect(await verdict(latin2(text.replace('tűz', 'tőz')))).to.deep.equal(['TOTAL-FAILED HASH_FAILURE']);
  });
});

describe('an Object that is signed', () => {
  const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
  const digest = createHash('sha256')
    .update(`<ds:Object xmlns:ds="${DS}" Id="o">số 1</ds:Object>`)
    .digest('base64');
  const enveloping = (objects: string) =>
    `<ds:Signature xmlns:ds="${DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${C14N}"/>` +
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>' +
    '<ds:Reference URI="#o"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>' +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>` +
    `<ds:SignatureValue>AAAA</ds:SignatureValue>${objects}</ds:Signature>`;
  const signedObject = '<ds:Object Id="o">số 1</ds:Object>';
  const factsOf = async (objects: string) => {
    const [facts] = await inspectXml(Buffer.from(enveloping(objects)));
    return { digests: facts?.digestsMatch, faults: facts?.formatFaults.map(({ code }) => code) };
  };

  it('is looked at where the signature holds it, and refused when it was moved into something else', async () => {
    const moved = `<ds:Object>số 2</ds:Object><ds:Object><hidden>${signedObject}</hidden></ds:Object>`;

    expect(await factsOf(signedObject)).to.deep.equal({ digests: true, faults: [] });
    expect(await factsOf(moved)).to.deep.equal({ digests: null, faults: ['XML_REFERENCE_TYPE'] });
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
