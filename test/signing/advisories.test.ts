import {
  constants,
  createHash,
  generateKeyPairSync,
  privateEncrypt,
  sign as signWithNode,
  verify as verifyWithNode,
} from 'node:crypto';
import { expect } from 'chai';
import { readDer, readOid } from '../../src/signing/cms/der.ts';
import { integer, nullValue, octetString, oid, sequence, tlv } from '../../src/signing/cms/der-write.ts';
import { readCms } from '../../src/signing/cms/index.ts';
import { inspectXml, validateCertificate, verifyRaw } from '../../src/signing/index.ts';
import { parseXml, XML_LIMITS } from '../../src/signing/xml/document.ts';
import { issue, NOW, root } from './x509/authority.ts';

/**
 * What went wrong elsewhere (advisories of node-forge, xml-crypto, xmldom, fast-xml-parser, asn1js): each as a case here.
 */
describe('advisories against other libraries', () => {
  const nestedSets = (depth: number) => {
    let der: Uint8Array = nullValue();
    for (let count = 0; count < depth; count += 1) der = sequence(der);
    return der;
  };
  const codeOf = (run: () => unknown): string => {
    try {
      run();
      return 'none';
    } catch (error) {
      return (error as Error).name;
    }
  };

  it('CVE-2025-66031, asn1js 3.0.10: ASN.1 nested ten thousand deep is refused, not recursed into', () => {
    expect(codeOf(() => readDer(nestedSets(10_000)))).to.equal('DerError');
    expect(codeOf(() => readCms(nestedSets(10_000)))).to.equal('SigningError');
  });

  it('CVE-2025-66030: an arc of 2^32 and more is another identifier than the same modulo 2^32', () => {
    const sha256 = oid('2.16.840.1.101.3.4.2.1');
    const wrapped = oid(`2.16.840.1.101.3.4.2.${2 ** 32 + 1}`);

    expect(readOid(readDer(wrapped))).to.not.equal(readOid(readDer(sha256)));
    expect(codeOf(() => readOid(readDer(tlv(0x06, Buffer.alloc(300, 0xff)))))).to.equal('DerError');
  });

  it('CVE-2025-12816: a SignedData with its parts out of order is no SignedData', () => {
    const swapped = sequence(
      oid('1.2.840.113549.1.7.2'),
      tlv(0xa0, sequence(tlv(0x31), integer(1), sequence(oid('1.2.840.113549.1.7.1')), tlv(0x31))),
    );

    expect(codeOf(() => readCms(swapped))).to.equal('SigningError');
  });

  describe('CVE-2026-33894: RSA with exponent 3', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const algorithm = sequence(oid('1.2.840.113549.1.1.11'), nullValue());
    const data = Buffer.from('dữ liệu');
    const digest = (more: Uint8Array = Buffer.alloc(0)) =>
      sequence(
        sequence(oid('2.16.840.1.101.3.4.2.1'), nullValue()),
        octetString(createHash('sha256').update(data).digest()),
        more,
      );
    const sign = (info: Uint8Array, padding = 256 - info.length - 3) => {
      const block = Buffer.concat([
        Buffer.from([0, 1]),
        Buffer.alloc(padding, 0xff),
        Buffer.from([0]),
        info,
        Buffer.alloc(Math.max(0, 256 - 3 - padding - info.length), 1),
      ]);
      return privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block);
    };

    it('accepts the honest padding and refuses extra fields, garbage behind it, and short padding', () => {
      const honest = sign(digest());

      expect(verifyWithNode('sha256', data, publicKey, honest)).to.equal(true);
      expect(verifyRaw(algorithm, spki, data, honest)).to.equal(true);
      for (const forged of [
        sign(digest(octetString(Buffer.alloc(20, 7)))),
        sign(digest(), 8),
        sign(digest(), 0),
      ])
        expect(verifyRaw(algorithm, spki, data, forged)).to.equal(false);
    });
  });

  it('CVE-2026-33895: an Ed25519 value with S not below the group order is refused', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const data = Buffer.from('x');
    const value = signWithNode(null, data, privateKey);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(value.subarray(32)).reverse().toString('hex')}`) + order;
    const malleable = Buffer.concat([
      value.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(),
    ]);

    expect(verifyRaw(sequence(oid('1.3.101.112')), spki, data, value)).to.equal(true);
    expect(verifyRaw(sequence(oid('1.3.101.112')), spki, data, malleable)).to.equal(false);
  });

  it('CVE-2026-33896 and GHSA-h8mc-2r26-8398: what is no CA issues nothing, with or without key usage', async () => {
    const anchor = root();
    const reason = async (options: object, pathLength?: number) => {
      const middle = issue('Middle', anchor, {
        ...options,
        ...(pathLength === undefined ? {} : { pathLength }),
      });
      const lower = issue('Lower', middle, { ca: true });
      const leaf = issue('Leaf', pathLength === undefined ? middle : lower);
      const result = await validateCertificate({
        target: leaf.der,
        trust: [anchor.der],
        intermediates: [middle.der, lower.der],
        at: NOW,
        revocation: false,
      });
      return result.reason;
    };

    expect(await reason({ keyUsage: null })).to.equal('NOT_A_CA');
    expect(await reason({ keyUsage: [5, 6] })).to.equal('NOT_A_CA');
    expect(await reason({ ca: true, keyUsage: null }, 0)).to.equal('PATH_LENGTH');
  });

  it('CVE-2025-29774 and 29775: a comment in a digest and a second SignedInfo are faults', async () => {
    const ds = 'http://www.w3.org/2000/09/xmldsig#';
    const info = (digest: string) =>
      `<SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI=""><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>${digest}</DigestValue></Reference></SignedInfo>`;
    const faults = async (inner: string) => {
      const [facts] = await inspectXml(
        Buffer.from(
          `<a><Signature xmlns="${ds}">${inner}<SignatureValue>AAAA</SignatureValue></Signature></a>`,
        ),
      );
      return facts?.formatFaults.map((fault) => fault.code);
    };

    expect(await faults(info('AAAA<!--x-->'))).to.deep.equal(['XML_SIGNATURE_STRUCTURE']);
    expect(await faults(info('AAAA') + info('AAAA'))).to.deep.equal(['XML_SIGNATURE_STRUCTURE']);
  });

  it('CVE-2026-25896, 26278, 33036, xmldom 41674: document types and entities are refused wherever they stand', () => {
    for (const text of [
      '<!DOCTYPE a [<!ENTITY l. "x">]><a>&l.;</a>',
      '<?xml version="1.0"?>\n<!-- c --><!DOCTYPE a><a/>',
      '<a>&x;</a>',
      `<a>${'&#x41;'.repeat(10)}&undefined;</a>`,
    ])
      expect(codeOf(() => parseXml(Buffer.from(text), XML_LIMITS))).to.equal('SigningError');
  });

  it('CVE-2026-41673: elements nested five thousand deep are refused', () => {
    const deep = `${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`;

    expect(codeOf(() => parseXml(Buffer.from(deep), XML_LIMITS))).to.equal('SigningError');
  });

  it('asn1-schema#134: a list of many thousand entries inside a message is read, not refused', () => {
    const entry = sequence(integer(1), tlv(0x17, Buffer.from('260101000000Z')));
    const many = sequence(Buffer.concat(Array.from({ length: 60_000 }, () => entry)));

    expect(readDer(many).children).to.have.length(60_000);
  });
});
