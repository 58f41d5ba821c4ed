import { expect } from 'chai';
import { context, contextPrimitive, nullValue, sequence } from '../../../src/signing/cms/der-write.ts';
import {
  altNames,
  daysFromNow,
  type Entity,
  extension,
  generalName,
  type IssueOptions,
  issue,
  nameConstraints,
  purposes,
  root,
} from './authority.ts';
import { anchor, reasonOf } from './judged.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('name constraints, kind by kind (RFC 5280 §4.2.1.10)', () => {
  const { dns, ip, email, uri, directory } = generalName;
  const ten = ip([10, 0, 0, 0, 255, 0, 0, 0]);
  const documentation = ip([
    0x20,
    1,
    0x0d,
    0xb8,
    ...Array(12).fill(0),
    255,
    255,
    255,
    255,
    ...Array(12).fill(0),
  ]);
  const v6 = (first: number) => ip([first, 1, 0x0d, 0xb8, ...Array(11).fill(0), 1]);
  const every = ip([0, 0, 0, 0, 0, 0, 0, 0]);
  const inside: readonly (readonly [what: string, permitted: Uint8Array, name: Uint8Array])[] = [
    ['the host itself', dns('example.vn'), dns('example.vn')],
    ['a host below', dns('example.vn'), dns('a.example.vn')],
    ['in whatever case', dns('EXAMPLE.vn'), dns('a.Example.VN')],
    ['a wildcard below', dns('example.vn'), dns('*.example.vn')],
    ['any host', dns(''), dns('a.com')],
    ['an address of the net', ten, ip([10, 1, 2, 3])],
    ['an IPv6 address of the net', documentation, v6(0x20)],
    ['a mailbox at the host', email('example.vn'), email('a@example.vn')],
    ['a mailbox in the domain', email('.example.vn'), email('a@b.example.vn')],
    ['the mailbox, the host in any case', email('a@example.vn'), email('a@EXAMPLE.vn')],
    ['an address on the web at the host', uri('example.vn'), uri('https://example.vn/x')],
    ['one in the domain, with a port', uri('.example.vn'), uri('https://a.example.vn:8443/x')],
    ['a name of another kind', dns('example.vn'), ip([1, 2, 3, 4])],
  ];
  const outside: readonly (readonly [what: string, permitted: Uint8Array, name: Uint8Array])[] = [
    ['a host that only ends alike', dns('example.vn'), dns('badexample.vn')],
    ['a wildcard over more than is permitted', dns('a.example.vn'), dns('*.example.vn')],
    ['a host with the root’s dot', dns('example.vn'), dns('a.example.vn.')],
    ['an address outside the net', ten, ip([11, 1, 2, 3])],
    ['an IPv6 address where IPv4 is permitted', ten, v6(0x20)],
    ['an IPv6 address outside the net', documentation, v6(0x21)],
    ['an address of five octets', every, ip([1, 2, 3, 4, 5])],
    ['a mailbox below the host', email('example.vn'), email('a@b.example.vn')],
    ['a mailbox at the domain itself', email('.example.vn'), email('a@example.vn')],
    ['another mailbox, by the case of its name', email('a@example.vn'), email('A@example.vn')],
    ['an address on the web with a number for a host', uri('example.vn'), uri('https://10.0.0.1/')],
    ['a URI without a host', uri('example.vn'), uri('urn:x:y')],
    ['a host put before an @', uri('example.vn'), uri('https://example.vn@evil.com/')],
    ['a person of another name', directory('B'), directory('B')],
  ];
  const under = (permitted: readonly Uint8Array[], excluded: readonly Uint8Array[]) =>
    issue('CA', anchor, { ca: true, extensions: [nameConstraints(permitted, excluded)] });
  const judged = async (ca: Entity, ...names: readonly Uint8Array[]) =>
    reasonOf(issue('A', ca, { extensions: [altNames(...names)] }), [ca]);

  for (const [what, permitted, name] of inside)
    it(`permit ${what}`, async () => {
      expect(await judged(under([permitted], []), name)).to.equal('valid');
    });
  for (const [what, permitted, name] of outside)
    it(`do not permit ${what}`, async () => {
      expect(await judged(under([permitted], []), name)).to.equal('NAME_CONSTRAINTS');
    });

  it('exclude what they would permit, and nothing of another kind', async () => {
    for (const [name, excluded] of [
      [dns('a.example.vn'), dns('example.vn')],
      [dns('a.com'), dns('')],
      [v6(0x20), documentation],
      [ip([1, 2, 3, 4]), every],
    ] as const)
      expect(await judged(under([], [excluded]), name)).to.equal('NAME_CONSTRAINTS');
    for (const [name, excluded] of [
      [dns('a.com'), dns('example.vn')],
      [email('a@b.vn'), dns('')],
      [v6(0x20), every],
      [dns('a.com'), every],
    ] as const)
      expect(await judged(under([], [excluded]), name)).to.equal('valid');
    expect(await judged(under([dns('example.vn')], [dns('a.example.vn')]), dns('b.a.example.vn'))).to.equal(
      'NAME_CONSTRAINTS',
    );
    expect(await judged(under([dns('example.vn')], []), dns('a.example.vn'), dns('evil.com'))).to.equal(
      'NAME_CONSTRAINTS',
    );
  });

  it('pass over self-issued authorities, not a self-issued certificate at the end', async () => {
    const ca = under([dns('a.vn')], []);
    const again = issue('CA', ca, { ca: true, extensions: [altNames(dns('b.vn'))] });
    const own = issue('CA', ca, { extensions: [altNames(dns('b.vn'))] });

    expect(await reasonOf(issue('A', again, { extensions: [altNames(dns('a.vn'))] }), [ca, again])).to.equal(
      'valid',
    );
    expect(await reasonOf(own, [ca])).to.equal('NAME_CONSTRAINTS');
  });

  it('say nothing of a common name, which is no host name for TLS either', async () => {
    const ca = under([dns('example.vn')], []);
    const bare = issue('evil.com', ca, { extensions: [purposes(['1.3.6.1.5.5.7.3.1'])] });

    expect(await reasonOf(bare, [ca])).to.equal('valid');
    expect(await reasonOf(bare, [ca], { keyPurpose: 'serverAuth', name: 'evil.com' })).to.equal(
      'KEY_PURPOSE',
    );
  });

  it('of a kind that is not known hold where such a name is', async () => {
    const number = contextPrimitive(8, hex('2a03'));
    const ca = under([number], []);

    expect(await judged(ca, dns('a.vn'))).to.equal('valid');
    expect(await judged(ca, number)).to.equal('NAME_CONSTRAINTS');
  });

  it('with distances make the authority unusable', async () => {
    for (const distance of [contextPrimitive(0, hex('01')), contextPrimitive(1, hex('05'))]) {
      const trees = sequence(context(0, sequence(dns('a.vn'), distance)));
      const ca = issue('CA', anchor, { ca: true, extensions: [extension('2.5.29.30', trees, true)] });
      expect(await judged(ca, dns('a.vn'))).to.equal('NO_PATH');
    }
  });
});

describe('finding the one good path among bad ones', () => {
  it('goes around each fault of a cross certificate, whatever the order they come in', async () => {
    const keys = issue('Bridge', anchor, { ca: true });
    const again = (options: IssueOptions, from: Entity | null = anchor) =>
      issue('Bridge', from, { ca: true, ...options, keys });
    const faults: readonly Entity[] = [
      again({ notAfter: daysFromNow(-1) }),
      again({ notBefore: daysFromNow(1) }),
      again({ ca: false }),
      again({ keyUsage: [6] }),
      again({ extensions: [nameConstraints([generalName.dns('other.vn')], [])] }),
      again({ extensions: [extension('1.2.3.4', nullValue(), true)] }),
      again({ signedWith: root('Root') }),
      again({}, root('Stranger')),
      again({}, null),
    ];
    const leaf = issue('A', keys, { extensions: [altNames(generalName.dns('a.example.vn'))] });

    for (let turn = 0; turn < faults.length; turn += 1) {
      const turned = [...faults.slice(turn), ...faults.slice(0, turn)];
      expect(await reasonOf(leaf, [...turned, keys])).to.equal('valid');
      expect(await reasonOf(leaf, turned)).to.not.equal('valid');
    }
  });

  it('finds it through levels that each have bad twins', async () => {
    const chain: Entity[] = [];
    const twins: Entity[] = [];
    let issuer = anchor;
    for (let level = 0; level < 6; level += 1) {
      const next = issue(`Level ${level}`, issuer, { ca: true });
      twins.push(issue(`Level ${level}`, issuer, { ca: true, keys: next, notAfter: daysFromNow(-1) }));
      twins.push(issue(`Level ${level}`, issuer, { ca: true, keys: next, pathLength: 0 }));
      chain.push(next);
      issuer = next;
    }
    const leaf = issue('A', issuer);

    expect(await reasonOf(leaf, [...twins, ...chain.toReversed()])).to.equal('valid');
    expect(await reasonOf(leaf, twins)).to.not.equal('valid');
  });
});
