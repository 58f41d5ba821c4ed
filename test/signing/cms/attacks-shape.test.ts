import { createHash, sign } from 'node:crypto';
import { expect } from 'chai';
import {
  joinSignedData,
  openSignedData,
  withUnsignedAttribute,
} from '../../../src/signing/cms/augment/signed-data.ts';
import { certificateParts } from '../../../src/signing/cms/certificate.ts';
import { readDer } from '../../../src/signing/cms/der.ts';
import {
  boolean,
  context,
  generalizedTime,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  tlv,
} from '../../../src/signing/cms/der-write.ts';
import { OID } from '../../../src/signing/cms/oids.ts';
import { SigningError, verifyFile } from '../../../src/signing/index.ts';
import { makeSigning } from '../signers.ts';
import { daysFromNow, type Entity, issue, purposes, root } from '../x509/authority.ts';

const CONTENT = Buffer.from('Giao Sở Tài chính chi 100 triệu đồng.');
const EVIL = Buffer.from('Giao Sở Tài chính chi 900 triệu đồng.');
const signing = makeSigning();
const STAMPING = '1.3.6.1.5.5.7.3.8';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const tsa = issue('TSA', signing.anchor, { extensions: [purposes([STAMPING], true)] });

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();
const attribute = (type: string, ...values: readonly Uint8Array[]) => sequence(oid(type), setOf(...values));
const SHA256 = sequence(oid(OID.sha256));
const ECDSA = sequence(oid(OID.ecdsaSha256));
const ess = (der: Uint8Array) =>
  attribute(OID.signingCertificateV2, sequence(sequence(sequence(octetString(sha256(der))))));

function identified(der: Uint8Array): Uint8Array {
  const parts = certificateParts(der);
  if (parts === null) throw new TypeError('no certificate');
  return sequence(parts.issuer, tlv(0x02, parts.serial));
}

interface Said {
  readonly type?: string;
  readonly bound?: boolean;
  readonly more?: readonly Uint8Array[];
  readonly tail?: readonly Uint8Array[];
}

function signerInfo(who: Entity, content: Uint8Array, said: Said = {}): Uint8Array {
  const { type = OID.data, bound = true, more = [], tail = [] } = said;
  const attributes = setOf(
    attribute(OID.contentType, oid(type)),
    attribute(OID.messageDigest, octetString(sha256(content))),
    ...(bound ? [ess(who.der)] : []),
    ...more,
  );
  const value = new Uint8Array(sign('sha256', attributes, who.privateKey));
  return sequence(
    integer(1),
    identified(who.der),
    SHA256,
    tlv(0xa0, readDer(attributes).content),
    ECDSA,
    octetString(value),
    ...tail,
  );
}

const certificates = (...ders: readonly Uint8Array[]) => tlv(0xa0, readDer(setOf(...ders)).content);
const PEOPLE = certificates(signing.entity.der, signing.ca.der);
const inside = (content: Uint8Array, type: string = OID.data) =>
  sequence(oid(type), context(0, octetString(content)));
const wrap = (...parts: readonly Uint8Array[]) =>
  sequence(oid(OID.signedData), context(0, sequence(...parts)));
const infos = (...list: readonly Uint8Array[]) => tlv(0x31, ...list);
const GOOD = signerInfo(signing.entity, CONTENT);

async function told(der: Uint8Array): Promise<string> {
  try {
    const { verdict, signatures } = await verifyFile({ name: 'a.p7m', bytes: der }, signing.options);
    const each = signatures.map(({ subIndication, coverage, timestamps }) =>
      [subIndication ?? coverage, ...timestamps.map(({ indication }) => indication).sort()].join(' '),
    );
    return [verdict, ...each].join(' | ');
  } catch (error) {
    return error instanceof SigningError ? error.code : String(error);
  }
}

interface Stamped {
  readonly who?: Entity;
  readonly bound?: boolean;
  readonly time?: Date;
  readonly imprint?: Uint8Array;
  readonly tail?: readonly Uint8Array[];
  readonly version?: number;
  readonly signers?: number;
}

function token(over: Uint8Array, stamped: Stamped = {}): Uint8Array {
  const {
    who = tsa,
    bound = true,
    time = daysFromNow(-2),
    imprint = sha256(over),
    tail = [],
    version = 1,
    signers = 1,
  } = stamped;
  const info = sequence(
    integer(version),
    oid('1.2.3.4'),
    sequence(SHA256, octetString(imprint)),
    integer(7),
    generalizedTime(time),
    ...tail,
  );
  const made = signerInfo(who, info, { type: TST_INFO, bound });
  return wrap(
    integer(3),
    setOf(SHA256),
    inside(info, TST_INFO),
    certificates(who.der),
    infos(...Array.from({ length: signers }, () => made)),
  );
}

function stampedWith(...tokens: readonly Uint8Array[]): Uint8Array {
  const parts = openSignedData(wrap(integer(1), setOf(SHA256), inside(CONTENT), PEOPLE, infos(GOOD)));
  return joinSignedData({
    ...parts,
    signerInfos: parts.signerInfos.map((node) =>
      tokens.reduce(
        (info: Uint8Array, item) => withUnsignedAttribute(readDer(info), OID.signatureTimeStamp, item),
        node.bytes,
      ),
    ),
  });
}
const VALUE = readDer(GOOD).children[5]?.content ?? new Uint8Array();

/** A message as it should be, with some of its parts replaced. */
function message(parts: {
  readonly encapsulated?: Uint8Array;
  readonly between?: readonly Uint8Array[];
  readonly signers?: readonly Uint8Array[];
}): Uint8Array {
  const { encapsulated = inside(CONTENT), between = [PEOPLE], signers = [infos(GOOD)] } = parts;
  return wrap(integer(1), setOf(SHA256), encapsulated, ...between, ...signers);
}

const PASSED = 'TOTAL-PASSED | whole-document';
type Case = readonly [what: string, file: Uint8Array, expected: string];

async function all(cases: readonly Case[]): Promise<void> {
  const got: string[] = [];
  for (const [what, file] of cases) got.push(`${what}: ${await told(file)}`);
  expect(got).to.deep.equal(cases.map(([what, , expected]) => `${what}: ${expected}`));
}

describe('CMS messages that two readers could take apart in two ways', () => {
  const evil = signerInfo(signing.entity, EVIL);
  const data = oid(OID.data);
  const held = octetString(CONTENT);

  it('are no messages: parts given twice, out of place, or behind the last', async () => {
    const good = message({});
    const signed = readDer(good).children[1]?.children[0]?.bytes ?? new Uint8Array();
    const tail = (...more: readonly Uint8Array[]) =>
      message({ signers: [infos(signerInfo(signing.entity, CONTENT, { tail: more }))] });
    const unsigned = tlv(0xa1, attribute('1.2.3', nullValue()));

    await all([
      ['true', good, PASSED],
      ['with unsigned attributes', tail(unsigned), PASSED],
      [
        'two sets of signers, the false one first',
        message({ signers: [infos(evil), infos(GOOD)] }),
        'CMS_INVALID',
      ],
      ['two sets of certificates', message({ between: [PEOPLE, PEOPLE] }), 'CMS_INVALID'],
      ['something between', message({ between: [PEOPLE, octetString(EVIL)] }), 'CMS_INVALID'],
      ['two encapsulated', message({ between: [inside(EVIL), PEOPLE] }), 'CMS_INVALID'],
      ['two sets of unsigned attributes', tail(unsigned, unsigned), 'CMS_INVALID'],
      ['more behind the value', tail(octetString(EVIL)), 'CMS_INVALID'],
      [
        'more behind the message',
        sequence(oid(OID.signedData), context(0, signed), octetString(EVIL)),
        'CMS_INVALID',
      ],
      ['two messages', sequence(oid(OID.signedData), context(0, signed, signed)), 'CMS_INVALID'],
      ['octets behind', Buffer.concat([good, Buffer.from('x')]), 'CMS_INVALID'],
    ]);
  });

  it('are no messages: two contents, or one of another type', async () => {
    const pieces = tlv(0x24, octetString(CONTENT.subarray(0, 5)), octetString(CONTENT.subarray(5)));
    const over = (...parts: readonly Uint8Array[]) => message({ encapsulated: sequence(data, ...parts) });

    await all([
      ['in pieces', over(context(0, pieces)), PASSED],
      ['two', over(context(0, held, octetString(EVIL))), 'CMS_INVALID'],
      ['two tags', over(context(0, held), context(0, octetString(EVIL))), 'CMS_INVALID'],
      ['text', over(context(0, tlv(0x0c, CONTENT))), 'CMS_INVALID'],
      ['a boolean', over(context(0, tlv(0x01, CONTENT))), 'CMS_INVALID'],
      ['under another tag', over(context(1, held)), 'CMS_INVALID'],
      ['under none', over(sequence(held)), 'CMS_INVALID'],
    ]);
  });

  it('are no messages in armour with another beside them, or with what is no base64', async () => {
    const armour = (der: Uint8Array, junk = '') =>
      `-----BEGIN CMS-----\n${Buffer.from(der).toString('base64')}${junk}\n-----END CMS-----\n`;
    const good = message({});
    const other = message({ encapsulated: inside(EVIL), signers: [infos(evil)] });

    await all([
      ['one', Buffer.from(armour(good)), PASSED],
      ['two', Buffer.from(armour(good) + armour(other)), 'CMS_INVALID'],
      ['junk', Buffer.from(armour(good, '!!!!')), 'CMS_INVALID'],
      ['another label', Buffer.from(armour(good).replace('END CMS', 'END PKCS7')), 'CMS_INVALID'],
    ]);
  });
});

describe('forged time-stamps', () => {
  const authority = (name: string, extensions: readonly Uint8Array[], issuer = signing.anchor) =>
    issue(name, issuer, { extensions });
  const state = (verdict: string) => `${PASSED} ${verdict}`;

  it('prove nothing', async () => {
    const more = purposes([STAMPING, '1.3.6.1.5.5.7.3.4'], true);
    const critical = context(1, sequence(oid('1.2.3'), boolean(true), octetString(CONTENT)));
    const harmless = context(1, sequence(oid('1.2.3'), octetString(CONTENT)));
    const by = (stamped: Stamped) => stampedWith(token(VALUE, stamped));

    await all([
      ['true', by({}), state('PASSED')],
      ['with an extension', by({ tail: [harmless] }), state('PASSED')],
      ['with a critical one', by({ tail: [critical] }), state('FAILED')],
      ['over something else', stampedWith(token(EVIL)), state('FAILED')],
      ['a short imprint', by({ imprint: sha256(VALUE).subarray(0, 20) }), state('FAILED')],
      ['without the certificate named', by({ bound: false }), state('FAILED')],
      ['from the future', by({ time: daysFromNow(20) }), state('INDETERMINATE')],
      ['from before the authority', by({ time: daysFromNow(-500) }), state('INDETERMINATE')],
      ['of another version', by({ version: 2 }), state('FAILED')],
      ['by two', by({ signers: 2 }), state('FAILED')],
      ['by the signer', by({ who: signing.entity }), state('FAILED')],
      ['purpose not critical', by({ who: authority('A', [purposes([STAMPING])]) }), state('FAILED')],
      ['another purpose', by({ who: authority('B', [more]) }), state('FAILED')],
      [
        'another root',
        by({ who: authority('C', [purposes([STAMPING], true)], root('X')) }),
        state('INDETERMINATE'),
      ],
      ['beside a true one', stampedWith(token(EVIL), token(VALUE)), state('FAILED PASSED')],
    ]);
  });
});
