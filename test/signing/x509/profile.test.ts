import { generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'chai';
import { readDer } from '../../../src/signing/cms/der.ts';
import {
  bitString,
  contextPrimitive,
  integer,
  octetString,
  oid,
  sequence,
  utf8String,
} from '../../../src/signing/cms/der-write.ts';
import {
  altNames,
  crl,
  daysFromNow,
  type Entity,
  extension,
  generalName,
  issue,
  nameConstraints,
  purposes,
  root,
} from './authority.ts';
import { reasonUnder as reasonOf } from './judged.ts';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const host = (name: string) => altNames(generalName.dns(name));

describe('what the certificate of a trust anchor says', () => {
  it('limits it: its dates, its depth, its key usage and its names', async () => {
    const expired = issue('Old Root', null, { ca: true, notAfter: daysFromNow(-1) });
    const flat = issue('Flat Root', null, { ca: true, pathLength: 0 });
    const under = issue('Under', flat, { ca: true });
    const mute = issue('Mute Root', null, { ca: true, keyUsage: [6] });
    const closed = issue('Closed Root', null, {
      ca: true,
      extensions: [nameConstraints([generalName.dns('gov.vn')], [])],
    });

    expect(await reasonOf(issue('A', expired), expired)).to.equal('EXPIRED');
    expect(await reasonOf(issue('A', flat), flat)).to.equal('valid');
    expect(await reasonOf(issue('A', under), flat, [under])).to.equal('PATH_LENGTH');
    expect(await reasonOf(issue('A', mute), mute)).to.equal('KEY_USAGE');
    expect(await reasonOf(issue('A', closed, { extensions: [host('a.gov.vn')] }), closed)).to.equal('valid');
    expect(await reasonOf(issue('A', closed, { extensions: [host('a.com')] }), closed)).to.equal(
      'NAME_CONSTRAINTS',
    );
  });

  it('is refused when it holds a critical extension nobody knows', async () => {
    const odd = issue('Odd Root', null, {
      ca: true,
      extensions: [extension('1.3.6.1.4.1.55738.1', octetString(new Uint8Array(1)), true)],
    });

    expect(await reasonOf(issue('A', odd), odd)).to.equal('UNKNOWN_CRITICAL_EXTENSION');
  });
});

describe('name constraints', () => {
  const anchor = root();
  const under = (permitted: readonly Uint8Array[], excluded: readonly Uint8Array[]) =>
    issue('Constrained CA', anchor, { ca: true, extensions: [nameConstraints(permitted, excluded)] });

  it('exclude a wildcard that stands for an excluded host (CVE-2025-61727)', async () => {
    const ca = under([], [generalName.dns('bar.example.vn')]);
    const wild = issue('A', ca, { extensions: [host('*.example.vn')] });
    const other = issue('A', ca, { extensions: [host('*.foo.example.vn')] });

    expect(await reasonOf(wild, anchor, [ca])).to.equal('NAME_CONSTRAINTS');
    expect(await reasonOf(other, anchor, [ca])).to.equal('valid');
  });

  it('refuse names too malformed to compare where their kind is constrained', async () => {
    const ca = under([generalName.dns('example.vn'), generalName.email('example.vn')], []);
    const utf8 = contextPrimitive(0, Buffer.from('06082b06010505070809a0040c02c3a9', 'hex'));

    for (const name of [generalName.dns('.example.vn'), generalName.email('a@b@example.vn'), utf8]) {
      const leaf = issue('A', ca, { extensions: [altNames(name)] });
      expect(await reasonOf(leaf, anchor, [ca])).to.equal('NAME_CONSTRAINTS');
    }
  });

  it('make a CA unusable when they are malformed themselves', async () => {
    const malformed = [
      generalName.dns('*.example.vn'),
      generalName.dns('.example.vn'),
      generalName.email('a@b@example.vn'),
      generalName.ip([192, 0, 2, 1]),
      generalName.ip([192, 0, 2, 0, 255, 0, 255, 0]),
      generalName.uri('https://example.vn/'),
    ];

    for (const base of malformed) {
      const ca = under([base], []);
      expect(await reasonOf(issue('A', ca), anchor, [ca])).to.equal('NO_PATH');
    }
  });

  it('have no place in a certificate that is no CA’s', async () => {
    const leaf = issue('A', anchor, { extensions: [nameConstraints([generalName.dns('example.vn')], [])] });

    expect(await reasonOf(leaf, anchor)).to.equal('NAME_CONSTRAINTS');
  });
});

describe('certificate policies', () => {
  it('must be understood with their qualifiers when they are critical', async () => {
    const anchor = root();
    const policies = (qualifier: string, critical: boolean) =>
      extension(
        '2.5.29.32',
        sequence(sequence(oid('1.3.6.1.4.1.55738.2'), sequence(sequence(oid(qualifier), utf8String('x'))))),
        critical,
      );
    const under = async (qualifier: string, critical: boolean) => {
      const ca = issue('CA', anchor, { ca: true, extensions: [policies(qualifier, critical)] });
      return reasonOf(issue('A', ca), anchor, [ca]);
    };

    expect(await under('1.3.6.1.4.1.55738.3', true)).to.equal('UNKNOWN_CRITICAL_EXTENSION');
    expect(await under('1.3.6.1.4.1.55738.3', false)).to.equal('valid');
    expect(await under('1.3.6.1.5.5.7.2.1', true)).to.equal('valid');
  });
});

describe('certificates for TLS', () => {
  const keyId = extension('2.5.29.14', octetString(Buffer.from('01', 'hex')));
  const authorityKey = extension('2.5.29.35', Buffer.from('3003800101', 'hex'));
  const anchor = issue('Root', null, { ca: true, extensions: [keyId] });
  const server = (name: string, more: readonly Uint8Array[] = [], options = {}) =>
    issue(name, anchor, {
      extensions: [authorityKey, purposes([SERVER_AUTH]), host('.example.vn'), ...more],
      ...options,
    });
  const tls = { keyPurpose: 'serverAuth' } as const;

  it('are asked for the profile of RFC 5280 §4, certificates of signing people are not', async () => {
    const good = issue('example.vn', anchor, {
      extensions: [authorityKey, purposes([SERVER_AUTH]), host('example.vn')],
    });
    const bare = issue('example.vn', anchor, { extensions: [host('example.vn')] });

    expect(await reasonOf(good, anchor, [], { ...tls, name: 'example.vn' })).to.equal('valid');
    expect(await reasonOf(bare, anchor, [], tls)).to.equal('KEY_PURPOSE');
    expect(await reasonOf(bare, anchor)).to.equal('valid');
  });

  it('are refused for malformed names, small keys and long serial numbers', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const extensions = [authorityKey, purposes([SERVER_AUTH]), host('example.vn')];

    expect(await reasonOf(server('A'), anchor, [], tls)).to.equal('KEY_PURPOSE');
    expect(await reasonOf(issue('A', anchor, { extensions, keys: weak }), anchor, [], tls)).to.equal(
      'KEY_PURPOSE',
    );
    const serial = Buffer.alloc(21, 1);
    expect(await reasonOf(issue('A', anchor, { extensions, serial }), anchor, [], tls)).to.equal(
      'KEY_PURPOSE',
    );
  });

  it('are refused when signed over a digest that can be collided, where signing people only get a warning', async () => {
    const extensions = [authorityKey, purposes([SERVER_AUTH]), host('example.vn')];
    const algorithm = sequence(oid('1.2.840.10045.4.1'));
    const strong = issue('A', anchor, { extensions }, { algorithm });
    const [tbs = new Uint8Array(0)] = readDer(strong.der).children.map((node) => node.bytes);
    const weak = {
      ...strong,
      der: sequence(tbs, algorithm, bitString(sign('sha1', tbs, anchor.privateKey))),
    };

    expect(await reasonOf(weak, anchor)).to.equal('valid');
    expect(await reasonOf(weak, anchor, [], tls)).to.equal('KEY_PURPOSE');
  });

  it('need lists with a number that is not critical', async () => {
    const leaf = issue('A', anchor, {
      extensions: [authorityKey, purposes([SERVER_AUTH]), host('example.vn')],
    });
    const numbered = (critical: boolean) =>
      crl(anchor, { number: extension('2.5.29.20', integer(1), critical) });
    const state = (list: Uint8Array, keyPurpose: string) =>
      reasonOf(leaf, anchor, [], { keyPurpose, crls: [list], revocation: true });

    expect(await state(numbered(false), 'serverAuth')).to.equal('valid');
    expect(await state(numbered(true), 'serverAuth')).to.equal('REVOCATION_UNKNOWN');
    expect(await state(crl(anchor, { number: null }), 'serverAuth')).to.equal('REVOCATION_UNKNOWN');
    expect(await state(crl(anchor, { number: null }), 'signing')).to.equal('valid');
  });

  it('need the purpose in every intermediate that lists purposes', async () => {
    const ca = issue('Client CA', anchor, {
      ca: true,
      extensions: [keyId, authorityKey, purposes([CLIENT_AUTH])],
    });
    const leaf = issue('A', ca, {
      extensions: [authorityKey, purposes([SERVER_AUTH]), host('example.vn')],
    });

    expect(await reasonOf(leaf, anchor, [ca], tls)).to.equal('KEY_PURPOSE');
    expect(await reasonOf(leaf, anchor, [ca], { keyPurpose: SERVER_AUTH })).to.equal('KEY_PURPOSE');
  });

  it('are found under internationalised names and addresses in any spelling', async () => {
    const leaf = issue('A', anchor, {
      extensions: [
        authorityKey,
        purposes([SERVER_AUTH]),
        altNames(
          generalName.dns('xn--my-mia.example.vn'),
          generalName.ip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1]),
        ),
      ],
    });

    for (const name of ['máy.example.vn', 'XN--MY-MIA.EXAMPLE.VN.', '::ffff:192.0.2.1', '::ffff:c000:201'])
      expect(await reasonOf(leaf, anchor, [], { ...tls, name }), name).to.equal('valid');
    for (const name of ['may.example.vn', '192.0.2.1', 'a.xn--my-mia.example.vn'])
      expect(await reasonOf(leaf, anchor, [], { ...tls, name }), name).to.equal('NAME_MISMATCH');
  });
});

describe('the depth of a path', () => {
  it('is limited by what is asked for, self-issued certificates not counted', async () => {
    const anchor = root();
    const upper = issue('Upper', anchor, { ca: true });
    const lower = issue('Lower', upper, { ca: true });
    const leaf = issue('A', lower);

    expect(await reasonOf(leaf, anchor, [upper, lower], { maxDepth: 2 })).to.equal('valid');
    expect(await reasonOf(leaf, anchor, [upper, lower], { maxDepth: 1 })).to.equal('PATH_LENGTH');
    expect(await reasonOf(issue('B', anchor), anchor, [], { maxDepth: 0 })).to.equal('valid');
  });
});

describe('a path longer than any hierarchy', () => {
  const chainOf = (length: number): readonly Entity[] => {
    const chain = [root()];
    for (let depth = 1; depth <= length; depth += 1)
      chain.push(issue(`CA ${depth}`, chain.at(-1) ?? root(), { ca: true }));
    return chain;
  };

  it('is followed up to 32 certificates, and said to be too long beyond', async () => {
    const [anchor = root(), ...between] = chainOf(40);
    const at = (depth: number) => reasonOf(issue('A', between[depth - 1] ?? anchor), anchor, between);

    expect(await at(31)).to.equal('valid');
    expect(await at(32)).to.equal('LIMIT_EXCEEDED');
  });
});

describe('keys on a curve that is spelled out instead of named', () => {
  it('verify nothing (CVE-2020-0601)', async () => {
    const named = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const explicit = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
    const options = { ca: true } as const;
    const [good, bad] = [
      issue('Root', null, { ...options, keys: named }),
      issue('Root', null, { ...options, keys: explicit }),
    ];

    expect(await reasonOf(issue('A', good), good)).to.equal('valid');
    expect(await reasonOf(issue('A', bad), bad)).to.equal('SIGNATURE_INVALID');
  });
});
