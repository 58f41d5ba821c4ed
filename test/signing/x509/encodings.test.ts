import { expect } from 'chai';
import {
  asciiString,
  bitString,
  boolean,
  context,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  tlv,
} from '../../../src/signing/cms/der-write.ts';
import { bits, type CertificateOctets, extension, type IssueOptions, issue, purposes } from './authority.ts';
import { anchor, reasonOf } from './judged.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
type Case = readonly [what: string, wanted: string, options: IssueOptions, octets?: CertificateOctets];

/** Cases about the certificate at the end of the path. */
function leaves(cases: readonly Case[]): void {
  for (const [what, wanted, options, octets] of cases)
    it(`${what}: ${wanted}`, async () => {
      expect(await reasonOf(issue('A', anchor, options, octets))).to.equal(wanted);
    });
}

/** Cases about an authority in the middle. */
function authorities(cases: readonly Case[]): void {
  for (const [what, wanted, options, octets] of cases)
    it(`${what}: ${wanted}`, async () => {
      const ca = issue('CA', anchor, { ca: true, ...options }, octets);
      expect(await reasonOf(issue('L', ca), [ca])).to.equal(wanted);
    });
}

const only = (...extensions: Uint8Array[]): CertificateOctets => ({ extensions: sequence(...extensions) });
const usage = (...numbers: number[]) => extension('2.5.29.15', bits(numbers), true);
const basic = (body: Uint8Array, critical = true) => extension('2.5.29.19', body, critical);
const dates = (from: Uint8Array, to: Uint8Array): CertificateOctets => ({ validity: sequence(from, to) });
const utc = (text: string) => asciiString(0x17, text);
const generalized = (text: string) => asciiString(0x18, text);
const END = utc('400101000000Z');

describe('versions of certificates (RFC 5280 §4.1.2.1)', () => {
  leaves([
    ['1, without extensions', 'valid', {}, { version: null, extensions: null }],
    ['1, written out', 'valid', {}, { version: context(0, integer(0)), extensions: null }],
    ['1, with extensions', 'CERTIFICATE_INVALID', {}, { version: null }],
    ['2, with extensions', 'CERTIFICATE_INVALID', {}, { version: context(0, integer(1)) }],
    ['4', 'CERTIFICATE_INVALID', {}, { version: context(0, integer(3)) }],
    ['3 with a leading zero', 'CERTIFICATE_INVALID', {}, { version: context(0, tlv(2, hex('0002'))) }],
  ]);
  authorities([['1, of an authority', 'NOT_A_CA', {}, { version: null, extensions: null }]]);
});

describe('serial numbers and algorithms', () => {
  leaves([
    ['zero is read', 'valid', {}, { serial: integer(0) }],
    ['negative is read', 'valid', {}, { serial: tlv(2, hex('80')) }],
    ['of 21 octets is read', 'valid', {}, { serial: tlv(2, hex('01'.repeat(21))) }],
    ['not minimal', 'CERTIFICATE_INVALID', {}, { serial: tlv(2, hex('0001')) }],
    ['empty', 'CERTIFICATE_INVALID', {}, { serial: tlv(2) }],
    [
      'another algorithm inside',
      'CERTIFICATE_INVALID',
      {},
      { algorithm: sequence(oid('1.2.840.10045.4.3.3')) },
    ],
    [
      'other parameters inside',
      'CERTIFICATE_INVALID',
      {},
      { algorithm: sequence(oid('1.2.840.10045.4.3.2'), nullValue()) },
    ],
  ]);

  it('octets after the certificate: CERTIFICATE_INVALID', async () => {
    const whole = issue('A', anchor);
    expect(await reasonOf({ ...whole, der: Buffer.concat([whole.der, hex('00')]) })).to.equal(
      'CERTIFICATE_INVALID',
    );
  });
});

describe('dates (RFC 5280 §4.1.2.5)', () => {
  leaves([
    ['of two digits from 50 are of the last century', 'valid', {}, dates(utc('500101000000Z'), END)],
    ['without end', 'valid', {}, dates(utc('200101000000Z'), generalized('99991231235959Z'))],
    ['the end before the beginning', 'NOT_YET_VALID', {}, dates(utc('300101000000Z'), utc('200101000000Z'))],
    ...[
      utc('2001010000Z'),
      utc('200101000000+0700'),
      utc('200101000000'),
      utc('20200101000000Z'),
      generalized('20200101000000.5Z'),
      generalized('20200101000000'),
      generalized('200101000000Z'),
      generalized('2020010100Z'),
      utc('201301000000Z'),
      utc('200230000000Z'),
      utc('210229000000Z'),
      utc('200101240000Z'),
      utc('200101000060Z'),
      utc('2001010000 0Z'),
    ].map(
      (from) =>
        [Buffer.from(from).toString('latin1', 2), 'CERTIFICATE_INVALID', {}, dates(from, END)] as const,
    ),
    ['the 29th of February of a leap year', 'valid', {}, dates(utc('200229000000Z'), END)],
  ]);
});

describe('extensions', () => {
  const unknown = (critical = false) => extension('1.2.3.4', nullValue(), critical);
  const raw = (...parts: Uint8Array[]) => only(sequence(oid('1.2.3.4'), ...parts, octetString(nullValue())));
  leaves([
    ['none in version 3', 'valid', {}, { extensions: null }],
    ['unknown', 'valid', { extensions: [unknown()] }],
    ['unknown and critical', 'UNKNOWN_CRITICAL_EXTENSION', { extensions: [unknown(true)] }],
    ['unknown and critical, true as 01', 'UNKNOWN_CRITICAL_EXTENSION', {}, raw(tlv(1, hex('01')))],
    ['given twice', 'CERTIFICATE_INVALID', { extensions: [unknown(), unknown()] }],
    [
      'key usage of another type',
      'CERTIFICATE_INVALID',
      {},
      only(extension('2.5.29.15', octetString(hex('03')))),
    ],
    [
      'key usage with octets behind it',
      'CERTIFICATE_INVALID',
      {},
      only(extension('2.5.29.15', hex('030206c00500'))),
    ],
    ['key usage without a bit', 'KEY_USAGE', {}, only(extension('2.5.29.15', bitString(hex('00'))))],
    ['extended key usage without a purpose', 'CERTIFICATE_INVALID', { extensions: [purposes([])] }],
    ['extended key usage of any purpose', 'valid', { extensions: [purposes(['2.5.29.37.0'])] }],
    [
      'for time-stamping alone, critical',
      'KEY_PURPOSE',
      { extensions: [purposes(['1.3.6.1.5.5.7.3.8'], true)] },
    ],
    ['for OCSP alone, critical', 'KEY_PURPOSE', { extensions: [purposes(['1.3.6.1.5.5.7.3.9'], true)] }],
    ['basic constraints, no authority', 'valid', { extensions: [basic(sequence(boolean(false)))] }],
    [
      'basic constraints of another type',
      'CERTIFICATE_INVALID',
      { extensions: [basic(sequence(nullValue()))] },
    ],
    [
      'basic constraints of three parts',
      'CERTIFICATE_INVALID',
      { extensions: [basic(sequence(boolean(true), integer(0), integer(0)))] },
    ],
    [
      'a negative path length',
      'CERTIFICATE_INVALID',
      { extensions: [basic(sequence(boolean(true), tlv(2, hex('ff'))))] },
    ],
    [
      'authority key identifier of another type',
      'CERTIFICATE_INVALID',
      { extensions: [extension('2.5.29.35', hex('0500'))] },
    ],
    [
      'subject key identifier of another type',
      'CERTIFICATE_INVALID',
      { extensions: [extension('2.5.29.14', hex('0500'))] },
    ],
  ]);
  authorities([
    ['no basic constraints', 'NOT_A_CA', {}, only(usage(5, 6))],
    [
      'basic constraints that are not critical',
      'valid',
      {},
      only(basic(sequence(boolean(true)), false), usage(5, 6)),
    ],
    ['no key usage', 'valid', { keyUsage: null }],
    ['key usage without keyCertSign', 'KEY_USAGE', { keyUsage: [6] }],
    ['an unknown critical extension', 'UNKNOWN_CRITICAL_EXTENSION', { extensions: [unknown(true)] }],
    [
      'name constraints that name nothing',
      'NO_PATH',
      { extensions: [extension('2.5.29.30', sequence(), true)] },
    ],
    [
      'an empty list of name constraints',
      'NO_PATH',
      { extensions: [extension('2.5.29.30', sequence(context(0)), true)] },
    ],
  ]);

  it('key identifiers are for finding issuers: one that fits none hinders nothing', async () => {
    const ca = issue('CA', anchor, {
      ca: true,
      extensions: [extension('2.5.29.14', octetString(hex('aa')))],
    });
    for (const body of ['30038001aa', '30038001bb', '3000'])
      expect(
        await reasonOf(issue('L', ca, { extensions: [extension('2.5.29.35', hex(body))] }), [ca]),
      ).to.equal('valid');
  });

  it('an authority without a name issues nothing', async () => {
    const ca = issue('CA', anchor, { ca: true }, { subject: sequence() });
    expect(await reasonOf(issue('L', ca, {}, { issuer: sequence() }), [ca])).to.equal('NAME_CHAINING');
  });
});
