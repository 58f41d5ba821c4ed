import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { contextPrimitive, integer, oid, sequence, tlv } from '../../../src/signing/cms/der-write.ts';
import { validateCertificate } from '../../../src/signing/index.ts';
import {
  altNames,
  daysFromNow,
  type Entity,
  extension,
  generalName,
  issue,
  NOW,
  nameConstraints,
  newKeys,
  policies,
  policyMappings,
  purposes,
  root,
} from './authority.ts';
import { reasonUnder as reasonOf, validate } from './judged.ts';

/** What `openssl verify` says of the same path, as a second opinion. */
function opensslAccepts(target: Entity, anchor: Entity, between: readonly Entity[]): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'lt-path-'));
  const pem = (entity: Entity) =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(entity.der)
      .toString('base64')
      .replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  try {
    for (const [name, entities] of Object.entries({ target: [target], anchor: [anchor], between }))
      writeFileSync(join(dir, name), entities.map(pem).join(''));
    const time = String(NOW.getTime() / 1000);
    const untrusted = between.length === 0 ? [] : ['-untrusted', join(dir, 'between')];
    execFileSync(
      'openssl',
      [
        'verify',
        '-no-CApath',
        '-no-CAstore',
        '-attime',
        time,
        '-CAfile',
        join(dir, 'anchor'),
        ...untrusted,
        join(dir, 'target'),
      ],
      { stdio: 'pipe' },
    );
    return true;
  } catch (error) {
    // Only a verdict counts: a file openssl cannot load would make every refusal look right.
    expect(String((error as { stderr?: unknown }).stderr)).to.match(/error \d+ at \d+ depth lookup/);
    return false;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('certification paths', () => {
  const anchor = root();
  const ca = issue('Issuing CA', anchor, { ca: true, pathLength: 0 });
  const leaf = issue('Signer', ca);

  it('reads a key identifier that names issuer and serial number, as OpenSSL does', async () => {
    const anchor = root();
    const directory = generalName.directory('Root');
    const keyId = extension(
      '2.5.29.35',
      sequence(contextPrimitive(0, Buffer.of(1)), tlv(0xa1, directory), contextPrimitive(2, Buffer.of(1, 2))),
    );
    const target = issue('Người ký', anchor, { extensions: [keyId] });

    expect(await reasonOf(target, anchor, [])).to.equal('valid');
  });

  it('accept a sound path and name its subjects from target to anchor', async () => {
    const result = await validate(leaf, anchor, [ca]);

    expect(result).to.deep.include({
      valid: true,
      reason: null,
      path: ['CN=Signer,C=VN', 'CN=Issuing CA,C=VN', 'CN=Root,C=VN'],
    });
    expect(opensslAccepts(leaf, anchor, [ca])).to.equal(true);
  });

  it('accept a target that is itself the anchor', async () => {
    expect(await reasonOf(leaf, leaf, [])).to.equal('valid');
  });

  it('say that nothing leads to an anchor when an intermediate is missing', async () => {
    expect(await reasonOf(leaf, anchor, [])).to.equal('NO_PATH');
  });

  it('refuse an anchor of the same name with another key', async () => {
    const impostor = root();

    expect(await reasonOf(leaf, impostor, [ca])).to.equal('SIGNATURE_INVALID');
    expect(opensslAccepts(leaf, impostor, [ca])).to.equal(false);
  });

  it('refuse a certificate signed by another key than its issuer’s', async () => {
    const forged = issue('Signer', ca, { signedWith: newKeys() });

    expect(await reasonOf(forged, anchor, [ca])).to.equal('SIGNATURE_INVALID');
  });

  it('judge dates at the time asked about, the last second included', async () => {
    const notAfter = new Date('2026-01-01T00:00:00Z');
    const short = issue('Short', ca, { notBefore: daysFromNow(-300), notAfter });

    expect(await reasonOf(short, anchor, [ca])).to.equal('EXPIRED');
    expect(await reasonOf(short, anchor, [ca], { at: new Date('2026-01-01T00:00:00.900Z') })).to.equal(
      'valid',
    );
    expect(await reasonOf(short, anchor, [ca], { at: new Date('2026-01-01T00:00:01Z') })).to.equal('EXPIRED');
    expect(await reasonOf(short, anchor, [ca], { at: daysFromNow(-301) })).to.equal('NOT_YET_VALID');
  });

  const issuers: readonly [string, Parameters<typeof issue>[2], string][] = [
    ['no basic constraints', { keyUsage: [5] }, 'NOT_A_CA'],
    ['a key usage without keyCertSign', { ca: true, keyUsage: [6] }, 'KEY_USAGE'],
    [
      'an unknown critical extension',
      { ca: true, extensions: [extension('1.2.3.4', integer(1), true)] },
      'UNKNOWN_CRITICAL_EXTENSION',
    ],
    ['an expired certificate', { ca: true, notAfter: daysFromNow(-1) }, 'EXPIRED'],
  ];
  for (const [what, options, reason] of issuers) {
    it(`refuse an issuer with ${what}`, async () => {
      const bad = issue('Bad CA', anchor, options);
      const below = issue('Below', bad);

      expect(await reasonOf(below, anchor, [bad])).to.equal(reason);
      expect(opensslAccepts(below, anchor, [bad])).to.equal(false);
    });
  }

  it('refuse a path longer than a path length constraint allows', async () => {
    const lower = issue('Lower CA', ca, { ca: true });
    const below = issue('Below', lower);

    expect(await reasonOf(below, anchor, [ca, lower])).to.equal('PATH_LENGTH');
    expect(opensslAccepts(below, anchor, [ca, lower])).to.equal(false);
  });

  it('refuse a certificate that gives an extension twice', async () => {
    const twice = issue('Twice', ca, { extensions: [policies('1.2.3'), policies('1.2.4')] });

    expect(await reasonOf(twice, anchor, [ca])).to.equal('CERTIFICATE_INVALID');
  });

  it('refuse octets that are no certificate, with a reason and no exception', async () => {
    for (const junk of [
      new Uint8Array(0),
      Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff),
      Buffer.from('hello'),
    ]) {
      const result = await validateCertificate({ target: junk, trust: [anchor.der], at: NOW });

      expect(result).to.deep.include({ valid: false, reason: 'CERTIFICATE_INVALID' });
    }
  });

  it('find the way through authorities that certify each other', async () => {
    const [keysA, keysB] = [newKeys(), newKeys()];
    const a = issue('A', anchor, { ca: true, keys: keysA });
    const bFromA = issue('B', a, { ca: true, keys: keysB });
    const aFromB = issue('A', { ...bFromA, name: 'B' }, { ca: true, keys: keysA });
    const target = issue('Target', { ...aFromB, name: 'A' });

    expect(await reasonOf(target, anchor, [aFromB, bFromA, a])).to.equal('valid');
    expect(await reasonOf(target, root('Other'), [aFromB, bFromA, a])).to.equal('NO_PATH');
  });

  it('give up on a maze of same-named issuers instead of searching it all', async () => {
    const keys = newKeys();
    const maze = Array.from({ length: 12 }, (_, index) =>
      issue('Maze', null, { ca: true, keys, serial: 500 + index }),
    );
    const layers = Array.from({ length: 8 }, (_, layer) =>
      Array.from({ length: 6 }, () =>
        issue(`Layer ${layer}`, { ...(maze[0] as Entity), name: `Layer ${layer + 1}` }, { ca: true, keys }),
      ),
    );
    const target = issue('Target', { ...(maze[0] as Entity), name: 'Layer 0' });

    for (const limits of [{}, { maxChecks: 100 }]) {
      expect(await reasonOf(target, root('Elsewhere'), layers.flat(), { limits })).to.equal('LIMIT_EXCEEDED');
    }
  });

  it('refuse a signing certificate whose key usage has no signature bit', async () => {
    const encipher = issue('Encipher', ca, { keyUsage: [2] });

    expect(await reasonOf(encipher, anchor, [ca])).to.equal('KEY_USAGE');
    expect(await reasonOf(encipher, anchor, [ca], { keyPurpose: 'any' })).to.equal('valid');
  });

  it('ask a time-stamping certificate for that purpose alone, critical (RFC 3161 §2.3)', async () => {
    const stamping = '1.3.6.1.5.5.7.3.8';
    const right = issue('TSA', ca, { extensions: [purposes([stamping], true)] });
    const soft = issue('TSA soft', ca, { extensions: [purposes([stamping])] });
    const mixed = issue('TSA mixed', ca, { extensions: [purposes([stamping, '1.3.6.1.5.5.7.3.4'], true)] });

    expect(await reasonOf(right, anchor, [ca], { keyPurpose: 'timeStamping' })).to.equal('valid');
    for (const other of [soft, mixed, leaf])
      expect(await reasonOf(other, anchor, [ca], { keyPurpose: 'timeStamping' })).to.equal('KEY_PURPOSE');
  });

  it('match host names, addresses and mailboxes against the alternative names', async () => {
    const named = issue('Named', ca, {
      extensions: [
        altNames(
          generalName.dns('*.so.gov.vn'),
          generalName.ip([10, 1, 2, 3]),
          generalName.email('vanthu@so.gov.vn'),
        ),
      ],
    });
    const names: readonly [string, string][] = [
      ['www.so.gov.vn', 'valid'],
      ['so.gov.vn', 'NAME_MISMATCH'],
      ['a.b.so.gov.vn', 'NAME_MISMATCH'],
      ['10.1.2.3', 'valid'],
      ['10.1.2.4', 'NAME_MISMATCH'],
      ['vanthu@SO.gov.vn', 'valid'],
      ['VanThu@so.gov.vn', 'NAME_MISMATCH'],
    ];
    for (const [name, expected] of names)
      expect(await reasonOf(named, anchor, [ca], { name }), name).to.equal(expected);
  });
});

describe('name constraints', () => {
  const anchor = root();
  const { dns, email, uri, ip, directory } = generalName;
  const cases: readonly [string, readonly Uint8Array[], readonly Uint8Array[], Uint8Array, boolean][] = [
    ['a host below a permitted domain', [dns('gov.vn')], [], dns('so.gov.vn'), true],
    ['a host outside it', [dns('gov.vn')], [], dns('evilgov.vn'), false],
    ['an excluded host', [], [dns('tinh.gov.vn')], dns('a.TINH.gov.vn'), false],
    ['a name of an unconstrained kind', [dns('gov.vn')], [], email('a@b.vn'), true],
    ['a mailbox at the permitted host', [email('gov.vn')], [], email('a@gov.vn'), true],
    ['a mailbox at a host below, without a leading dot', [email('gov.vn')], [], email('a@so.gov.vn'), false],
    ['a mailbox at a host below, with one', [email('.gov.vn')], [], email('a@so.gov.vn'), true],
    ['one permitted mailbox', [email('a@gov.vn')], [], email('b@gov.vn'), false],
    ['a URI at a permitted host', [uri('.gov.vn')], [], uri('https://x.gov.vn:8443/p?q'), true],
    ['a URI with the host hidden in userinfo', [uri('.gov.vn')], [], uri('https://x.gov.vn@evil.vn/'), false],
    ['a URI without a host', [uri('.gov.vn')], [], uri('urn:x:y'), false],
    ['an address inside a network', [ip([10, 0, 0, 0, 255, 0, 0, 0])], [], ip([10, 9, 8, 7]), true],
    ['an address outside it', [ip([10, 0, 0, 0, 255, 0, 0, 0])], [], ip([11, 0, 0, 1]), false],
    ['a directory name that is permitted', [directory('Signer')], [], directory('signer'), true],
  ];
  for (const [what, permitted, excluded, name, accepted] of cases) {
    it(`${accepted ? 'accept' : 'refuse'} ${what}`, async () => {
      const ca = issue('Constrained CA', anchor, {
        ca: true,
        extensions: [nameConstraints(permitted, excluded)],
      });
      const leaf = issue('Signer', ca, { extensions: [altNames(name)] });

      expect(await reasonOf(leaf, anchor, [ca])).to.equal(accepted ? 'valid' : 'NAME_CONSTRAINTS');
    });
  }

  it('reach the subject name too', async () => {
    const ca = issue('Constrained CA', anchor, {
      ca: true,
      extensions: [nameConstraints([], [directory('Forbidden')])],
    });

    expect(await reasonOf(issue('Forbidden', ca), anchor, [ca])).to.equal('NAME_CONSTRAINTS');
  });

  it('refuse a flood of names times constraints instead of computing it', async () => {
    const many = Array.from({ length: 1500 }, (_, index) => dns(`h${index}.vn`));
    const ca = issue('Flood CA', anchor, { ca: true, extensions: [nameConstraints([], many)] });
    const leaf = issue('Flood', ca, {
      extensions: [altNames(...many.map((_, index) => dns(`x${index}.org`)))],
    });

    expect(await reasonOf(leaf, anchor, [ca])).to.equal('NAME_CONSTRAINTS');
  });
});

describe('certificate policies', () => {
  const anchor = root();
  const [p, q, any] = ['1.2.704.1', '1.2.704.2', '2.5.29.32.0'];

  it('report the policies of the path and let the caller ask for one', async () => {
    const ca = issue('CA', anchor, { ca: true, extensions: [policies(p, q)] });
    const leaf = issue('Leaf', ca, { extensions: [policies(p)] });

    expect(await validate(leaf, anchor, [ca])).to.deep.include({
      authorityPolicySet: [p],
      userPolicySet: [p],
    });
    expect(
      await reasonOf(leaf, anchor, [ca], { initialPolicies: [p], requireExplicitPolicy: true }),
    ).to.equal('valid');
    expect(
      await reasonOf(leaf, anchor, [ca], { initialPolicies: [q], requireExplicitPolicy: true }),
    ).to.equal('POLICY');
    expect(await reasonOf(leaf, anchor, [ca], { initialPolicies: [q] })).to.equal('valid');
  });

  it('want some policy when one is required and the certificates have none', async () => {
    const ca = issue('CA', anchor, { ca: true });

    expect(await reasonOf(issue('Leaf', ca), anchor, [ca], { requireExplicitPolicy: true })).to.equal(
      'POLICY',
    );
  });

  it('follow a mapping unless it is inhibited', async () => {
    const ca = issue('CA', anchor, { ca: true, extensions: [policies(p), policyMappings([p, q])] });
    const leaf = issue('Leaf', ca, { extensions: [policies(q)] });
    const asked = { initialPolicies: [p], requireExplicitPolicy: true };

    expect(await reasonOf(leaf, anchor, [ca], asked)).to.equal('valid');
    expect(await reasonOf(leaf, anchor, [ca], { ...asked, inhibitPolicyMapping: true })).to.equal('POLICY');
  });

  it('take anyPolicy for every policy unless it is inhibited', async () => {
    const ca = issue('CA', anchor, { ca: true, extensions: [policies(any)] });
    const leaf = issue('Leaf', ca, { extensions: [policies(p)] });
    const asked = { initialPolicies: [p], requireExplicitPolicy: true };

    expect(await reasonOf(leaf, anchor, [ca], asked)).to.equal('valid');
    expect(await reasonOf(leaf, anchor, [ca], { ...asked, inhibitAnyPolicy: true })).to.equal('POLICY');
  });

  it('obey a policy constraint of an authority', async () => {
    const constraint = extension('2.5.29.36', sequence(contextPrimitive(0, Uint8Array.of(0))), true);
    const ca = issue('CA', anchor, { ca: true, extensions: [policies(p), constraint] });

    expect(await reasonOf(issue('With', ca, { extensions: [policies(p)] }), anchor, [ca])).to.equal('valid');
    expect(await reasonOf(issue('Without', ca), anchor, [ca])).to.equal('POLICY');
  });

  it('stay linear where mappings would make the tree of RFC 5280 explode', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `1.2.704.9.${index}`);
    const pairs = names.flatMap((from) => names.map((to) => [from, to] as const));
    let above = anchor;
    const between: Entity[] = [];
    for (let depth = 0; depth < 8; depth += 1) {
      above = issue(`CA ${depth}`, above, {
        ca: true,
        extensions: [policies(...names), policyMappings(...pairs)],
      });
      between.push(above);
    }
    const leaf = issue('Leaf', above, { extensions: [policies(names[3] ?? '')] });
    const result = await validate(leaf, anchor, between, { requireExplicitPolicy: true });

    expect(result.valid).to.equal(true);
    expect(oid(names[0] ?? '').length).to.be.greaterThan(2);
  });
});
