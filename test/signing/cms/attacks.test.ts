import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto';
import { expect } from 'chai';
import {
  joinSignedData,
  openSignedData,
  withUnsignedAttribute,
} from '../../../src/signing/cms/augment/signed-data.ts';
import { signatureAlgorithm } from '../../../src/signing/cms/build.ts';
import { certificateParts } from '../../../src/signing/cms/certificate.ts';
import { readDer } from '../../../src/signing/cms/der.ts';
import {
  context,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  time,
  tlv,
} from '../../../src/signing/cms/der-write.ts';
import { buildCms } from '../../../src/signing/cms/index.ts';
import { OID } from '../../../src/signing/cms/oids.ts';
import { SigningError, verifyFile } from '../../../src/signing/index.ts';
import { makeSigning } from '../signers.ts';
import { issue, NOW } from '../x509/authority.ts';

const CONTENT = Buffer.from('Giao Sở Tài chính chi 100 triệu đồng.');
const FORGED = Buffer.from('Giao Sở Tài chính chi 900 triệu đồng.');
const signing = makeSigning(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const { privateKey } = signing.entity;
const stranger = issue('Kẻ lạ', null, { keys: generateKeyPairSync('rsa', { modulusLength: 2048 }) });

const attribute = (type: string, ...values: readonly Uint8Array[]) => sequence(oid(type), setOf(...values));
const digest = (data: Uint8Array, name = 'sha256') => createHash(name).update(data).digest();
const SHA256 = sequence(oid(OID.sha256));
const SHA512 = sequence(oid(OID.sha512));
const RSA = signatureAlgorithm('rsa', 'sha256');

const TYPE = attribute(OID.contentType, oid(OID.data));
const DIGEST = attribute(OID.messageDigest, octetString(digest(CONTENT)));
const ESS = attribute(
  OID.signingCertificateV2,
  sequence(sequence(sequence(octetString(digest(signing.entity.der))))),
);
const USUAL = [TYPE, DIGEST, ESS];

/** What one signer says, each part as an attacker might write it. */
interface Said {
  readonly version?: number;
  readonly sid?: Uint8Array;
  readonly digestAlgorithm?: Uint8Array;
  /** Null: none. */
  readonly attributes?: readonly Uint8Array[] | null;
  readonly algorithm?: Uint8Array;
  readonly value?: (octets: Uint8Array) => Uint8Array;
  readonly key?: KeyObject;
}

const identified = (der: Uint8Array): Uint8Array => {
  const parts = certificateParts(der);
  if (parts === null) throw new TypeError('no certificate');
  return sequence(parts.issuer, tlv(0x02, parts.serial));
};

function signerInfo(said: Said = {}, content: Uint8Array = CONTENT): Uint8Array {
  const attributes = said.attributes === undefined ? USUAL : said.attributes;
  const set = attributes === null ? null : setOf(...attributes);
  const octets = set ?? content;
  const value = said.value?.(octets) ?? new Uint8Array(sign('sha256', octets, said.key ?? privateKey));
  const signed = set === null ? [] : [tlv(0xa0, readDer(set).content)];
  return sequence(
    integer(said.version ?? 1),
    said.sid ?? identified(signing.entity.der),
    said.digestAlgorithm ?? SHA256,
    ...signed,
    said.algorithm ?? RSA,
    octetString(value),
  );
}

interface Around {
  readonly type?: string;
  readonly content?: Uint8Array | null;
  readonly certificates?: readonly Uint8Array[];
}

function message(signerInfos: readonly Uint8Array[], around: Around = {}): Uint8Array {
  const { type = OID.data, content = CONTENT, certificates } = around;
  const inside = content === null ? [] : [context(0, octetString(content))];
  const set = setOf(...(certificates ?? [signing.entity.der, signing.ca.der]));
  const data = sequence(
    integer(1),
    setOf(SHA256),
    sequence(oid(type), ...inside),
    tlv(0xa0, readDer(set).content),
    tlv(0x31, ...signerInfos),
  );
  return sequence(oid(OID.signedData), context(0, data));
}

/** Verdict on the whole, with the first reason. */
async function verdictOf(der: Uint8Array, contents: readonly Uint8Array[] = []): Promise<string> {
  try {
    const report = await verifyFile(
      { name: 'a.p7m', bytes: der, contents: contents.map((bytes, at) => ({ name: `${at}`, bytes })) },
      signing.options,
    );
    return report.verdict;
  } catch (error) {
    return error instanceof SigningError ? error.code : String(error);
  }
}

/** RSASSA-PKCS1-v1_5 with a block of the attacker's making, under the signer's own key: a verifier that looks loosely takes it. */
const block = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, bytes));
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

function padded(info: Uint8Array, behind = 0, fill = 0xff, type = 1): Buffer {
  const out = Buffer.alloc(256);
  const filled = 256 - 3 - info.length - behind;
  out[1] = type;
  out.fill(fill, 2, 2 + filled);
  out.set(info, 3 + filled);
  return out;
}

function pss(parts: {
  hash?: string;
  mask?: string;
  maskHash?: string;
  salt?: number;
  trailer?: number;
}): Uint8Array {
  const { hash = OID.sha256, mask = OID.mgf1, maskHash = OID.sha256, salt = 32, trailer } = parts;
  const named = (name: string) => sequence(oid(name), nullValue());
  return sequence(
    oid(OID.rsaPss),
    sequence(
      context(0, named(hash)),
      context(1, sequence(oid(mask), named(maskHash))),
      context(2, integer(salt)),
      ...(trailer === undefined ? [] : [context(3, integer(trailer))]),
    ),
  );
}

const pssValue = (octets: Uint8Array, saltLength = 32): Uint8Array =>
  new Uint8Array(
    sign('sha256', octets, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  );

describe('forged CMS messages', () => {
  it('are told from the true ones of the same maker', async () => {
    expect(await verdictOf(message([signerInfo()]))).to.equal('TOTAL-PASSED');
    expect(await verdictOf(message([signerInfo()], { content: null }), [CONTENT])).to.equal('TOTAL-PASSED');
    const value = (octets: Uint8Array) => block(padded(Buffer.concat([DIGEST_INFO, digest(octets)])));
    expect(await verdictOf(message([signerInfo({ value })]))).to.equal('TOTAL-PASSED');
    const byPss = signerInfo({ algorithm: pss({}), value: pssValue });
    expect(await verdictOf(message([byPss]))).to.equal('TOTAL-PASSED');
  });

  it('with signed attributes taken away, taken for the content, or put in beside it, do not pass', async () => {
    const attributes = setOf(...USUAL);
    const lent = new Uint8Array(sign('sha256', attributes, privateKey));
    const cases: readonly (readonly [what: string, der: Uint8Array])[] = [
      ['none', message([signerInfo({ attributes: null })])],
      ['an empty set', message([signerInfo({ attributes: [] })])],
      [
        'the attributes as content',
        message([signerInfo({ attributes: null, value: () => lent })], { content: attributes }),
      ],
      [
        'the attributes as content of another type',
        message([signerInfo({ attributes: null, value: () => lent })], {
          content: attributes,
          type: '1.2.3',
        }),
      ],
      ['no content type', message([signerInfo({ attributes: [DIGEST, ESS] })])],
      ['no digest', message([signerInfo({ attributes: [TYPE, ESS] })])],
    ];

    for (const [what, der] of cases) expect(await verdictOf(der), what).to.not.equal('TOTAL-PASSED');
  });

  it('with attributes given twice, empty, or of other things, do not pass', async () => {
    const other = attribute(OID.messageDigest, octetString(digest(FORGED)));
    const strange = attribute(
      OID.signingCertificateV2,
      sequence(sequence(sequence(octetString(digest(stranger.der))))),
    );
    const cases: readonly (readonly [
      what: string,
      attributes: readonly Uint8Array[],
      content?: Uint8Array,
    ])[] = [
      ['two digests, the true one first', [TYPE, DIGEST, other, ESS], FORGED],
      ['two digests, the true one last', [TYPE, other, DIGEST, ESS], FORGED],
      ['two digests, over the true content', [TYPE, DIGEST, other, ESS]],
      [
        'a digest of two values',
        [TYPE, attribute(OID.messageDigest, octetString(digest(CONTENT)), octetString(digest(FORGED))), ESS],
      ],
      ['a digest without value', [TYPE, attribute(OID.messageDigest), ESS]],
      ['an empty digest', [TYPE, attribute(OID.messageDigest, octetString(new Uint8Array())), ESS]],
      [
        'a digest cut short',
        [TYPE, attribute(OID.messageDigest, octetString(digest(CONTENT).subarray(0, 8))), ESS],
      ],
      ['the digest of other content', [TYPE, other, ESS]],
      ['two content types', [TYPE, attribute(OID.contentType, oid('1.2.3')), DIGEST, ESS]],
      ['another content type', [attribute(OID.contentType, oid('1.2.3')), DIGEST, ESS]],
      ['two bindings', [TYPE, DIGEST, ESS, strange]],
      ['another certificate bound', [TYPE, DIGEST, strange]],
      ['an empty binding', [TYPE, DIGEST, attribute(OID.signingCertificateV2, sequence(sequence()))]],
      ['two times', [...USUAL, attribute(OID.signingTime, time(NOW)), attribute(OID.signingTime, time(NOW))]],
    ];

    for (const [what, attributes, content = CONTENT] of cases)
      expect(await verdictOf(message([signerInfo({ attributes })], { content })), what).to.not.equal(
        'TOTAL-PASSED',
      );
    expect(await verdictOf(message([signerInfo()], { content: FORGED })), 'other content').to.equal(
      'TOTAL-FAILED',
    );
    expect(await verdictOf(message([signerInfo()], { type: '1.2.3' })), 'another type').to.not.equal(
      'TOTAL-PASSED',
    );
    const outside = await verdictOf(message([signerInfo()], { content: FORGED }), [CONTENT]);
    expect(outside, 'the true content beside the forged one inside').to.equal('TOTAL-FAILED');
  });

  it('that carry a content of their own are no signatures of another one', async () => {
    const attached = message([signerInfo()]);

    expect(await verdictOf(attached, [FORGED])).to.equal('TOTAL-FAILED');
    expect(await verdictOf(attached, [FORGED, CONTENT])).to.equal('TOTAL-PASSED');
    expect(await verdictOf(attached, [CONTENT])).to.equal('TOTAL-PASSED');
    expect(await verdictOf(message([signerInfo()], { content: null }), [FORGED])).to.equal('TOTAL-FAILED');
  });

  it('with one bad signer among good ones, or none, do not pass', async () => {
    const good = signerInfo();
    const bad = signerInfo({ value: () => new Uint8Array(256) });
    const unknown = signerInfo({ sid: identified(stranger.der), key: stranger.privateKey });
    const third = sequence(integer(1));

    for (const infos of [[good, bad], [bad, good], [good, unknown], [good, third], []])
      expect(await verdictOf(message(infos))).to.not.equal('TOTAL-PASSED');
  });

  it('that name one certificate and are made with the key of another do not pass', async () => {
    const certificates = [signing.entity.der, signing.ca.der, stranger.der];
    const keyIdentifier = context(0, digest(signing.entity.der, 'sha1'));
    const cases: readonly Said[] = [
      { key: stranger.privateKey },
      { key: stranger.privateKey, sid: identified(stranger.der) },
      { key: stranger.privateKey, sid: keyIdentifier, version: 3 },
      { sid: identified(stranger.der), key: stranger.privateKey, attributes: [TYPE, DIGEST] },
    ];

    for (const said of cases)
      expect(await verdictOf(message([signerInfo(said)], { certificates }))).to.not.equal('TOTAL-PASSED');
  });

  it('whose algorithms contradict each other do not pass', async () => {
    const wide = [TYPE, attribute(OID.messageDigest, octetString(digest(CONTENT, 'sha512'))), ESS];
    const protection = attribute(
      OID.algorithmProtection,
      sequence(SHA512, tlv(0xa1, readDer(signatureAlgorithm('rsa', 'sha512')).content)),
    );
    const cases: readonly (readonly [what: string, said: Said])[] = [
      ['another digest than the signature’s', { digestAlgorithm: SHA512, attributes: wide }],
      ['the digest of the content alone', { digestAlgorithm: SHA512 }],
      ['an unknown digest', { digestAlgorithm: sequence(oid('1.2.3')) }],
      ['a signature algorithm in place of the digest', { digestAlgorithm: RSA }],
      ['another algorithm protected', { attributes: [...USUAL, protection] }],
      ['ECDSA under an RSA key', { algorithm: signatureAlgorithm('ecdsa', 'sha256') }],
      ['an unknown signature algorithm', { algorithm: sequence(oid('1.2.3')) }],
    ];

    for (const [what, said] of cases)
      expect(await verdictOf(message([signerInfo(said)])), what).to.not.equal('TOTAL-PASSED');
  });

  it('with parameters of RSA-PSS that are not those of the value do not pass', async () => {
    const cases: readonly (readonly [what: string, algorithm: Uint8Array, salt?: number])[] = [
      ['another salt', pss({ salt: 20 })],
      ['a salt of any length', pss({ salt: -2 }), 20],
      ['the salt of the digest', pss({ salt: -1 })],
      ['a longer salt than stated', pss({ salt: 32 }), 64],
      ['another mask hash', pss({ maskHash: OID.sha512 })],
      ['another mask', pss({ mask: '1.2.840.113549.1.1.9' })],
      ['another trailer', pss({ trailer: 2 })],
      ['another hash', pss({ hash: OID.sha512, maskHash: OID.sha512 })],
      ['no parameters', sequence(oid(OID.rsaPss))],
      ['PKCS#1 v1.5', RSA],
    ];

    for (const [what, algorithm, salt = 32] of cases) {
      const value = (octets: Uint8Array) => pssValue(octets, salt);
      expect(await verdictOf(message([signerInfo({ algorithm, value })])), what).to.not.equal('TOTAL-PASSED');
    }
  });

  it('whose RSA block leaves room do not pass (CVE-2006-4339, CVE-2014-1568)', async () => {
    const hash = digest(setOf(...USUAL));
    const info = Buffer.concat([DIGEST_INFO, hash]);
    const changed = (at: number, octet: number) => {
      const copy = padded(info);
      copy[at] = octet;
      return copy;
    };
    const noNull = Buffer.concat([
      Buffer.from('302f300b0609608648016503040201', 'hex'),
      Buffer.from('0420', 'hex'),
      hash,
    ]);
    const longForm = Buffer.concat([
      Buffer.from('308131300d06096086480165030402010500', 'hex'),
      Buffer.from('0420', 'hex'),
      hash,
    ]);
    const extra = Buffer.concat([
      Buffer.from('3035301106096086480165030402010500', 'hex'),
      Buffer.from('04020102', 'hex'),
      Buffer.from('0420', 'hex'),
      hash,
    ]);
    const cases: readonly (readonly [what: string, block: Buffer])[] = [
      ['octets behind the hash', padded(info, 40)],
      ['the least padding, all else behind', padded(info, 256 - 3 - info.length - 8)],
      ['no padding', padded(info, 256 - 3 - info.length)],
      ['padding of zeros', padded(info, 0, 0)],
      ['block type 2', padded(info, 0, 0xff, 2)],
      ['block type 0', padded(info, 0, 0xff, 0)],
      ['an octet of the padding', changed(100, 0xfe)],
      ['the separator', changed(256 - info.length - 1, 1)],
      ['the bare hash', padded(hash)],
      ['a length in the long form', padded(longForm)],
      ['more parameters', padded(extra)],
      ['no NULL', padded(noNull)],
      [
        'another digest in the info',
        padded(Buffer.concat([DIGEST_INFO.map((octet, at) => (at === 14 ? 3 : octet)), hash])),
      ],
    ];

    for (const [what, octets] of cases)
      expect(await verdictOf(message([signerInfo({ value: () => block(octets) })])), what).to.equal(
        'TOTAL-FAILED',
      );
  });

  it('gain nothing from unsigned attributes put in', async () => {
    const before = await buildCms(signing.signer, { content: [CONTENT], attached: true });
    const parts = openSignedData(before);
    const withAttribute = (type: string, value: Uint8Array) =>
      joinSignedData({
        ...parts,
        signerInfos: parts.signerInfos.map((node) => withUnsignedAttribute(node, type, value)),
      });
    const wrongs: readonly (readonly [type: string, value: Uint8Array])[] = [
      [OID.messageDigest, octetString(digest(FORGED))],
      [OID.signingCertificateV2, sequence(sequence(sequence(octetString(digest(stranger.der)))))],
      [OID.signatureTimeStamp, octetString(CONTENT)],
      [OID.archiveTimeStampV3, octetString(CONTENT)],
      [OID.archiveTimeStampV2, octetString(CONTENT)],
      [OID.revocationValues, sequence()],
    ];

    for (const [type, value] of wrongs) {
      const der = withAttribute(type, value);
      const { signatures } = await verifyFile({ name: 'a.p7m', bytes: der }, signing.options);
      expect(
        signatures[0]?.timestamps.every(({ indication }) => indication !== 'PASSED'),
        type,
      ).to.equal(true);
      expect(signatures[0]?.signer?.subject, type).to.contain('Người ký');
    }
    const counter = signerInfo({ attributes: [DIGEST], key: stranger.privateKey });
    expect(await verdictOf(withAttribute(OID.counterSignature, counter))).to.not.equal('TOTAL-PASSED');
  });
});
