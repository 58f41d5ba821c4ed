import { expect } from 'chai';
import { extendCms } from '../../../src/signing/cms/augment/extend.ts';
import {
  joinSignedData,
  openSignedData,
  unsignedAttributes,
  withUnsignedAttribute,
} from '../../../src/signing/cms/augment/signed-data.ts';
import { readDer } from '../../../src/signing/cms/der.ts';
import { octetString, oid, sequence, setOf, tlv } from '../../../src/signing/cms/der-write.ts';
import { buildCms } from '../../../src/signing/cms/index.ts';
import { verifyFile } from '../../../src/signing/index.ts';
import { type LongTerm, listsYearsLater, longTerm, OpensslAuthority } from '../local-authorities.ts';
import { signerOf } from '../signers.ts';
import { crl, type Entity, issue, purposes } from '../x509/authority.ts';

const CONTENT = Buffer.from('Nội dung công văn số 12/UBND-VP');
const V1 = '1.2.840.113549.1.9.16.2.27';
const V2 = '1.2.840.113549.1.9.16.2.48';
const DAY = 86_400_000;

/** How Annex K was read: with tag and length of the unsigned attributes (V2.2.1), or without (up to V1.8.3). */
type Reading = 'tagged' | 'bare';

/** Parts of a message in the order of TS 101 733 Annex K, Table K.3, written down here from the table. */
function inARow(der: Uint8Array, reading: Reading, external: Uint8Array | null): Uint8Array[] {
  const data = readDer(der).children[1]?.children[0];
  const [signerInfo] = data?.children.at(-1)?.children ?? [];
  if (data === undefined || signerInfo === undefined) throw new TypeError('no signer');
  const set = (tag: number) => data.children.filter((node) => node.tag === tag).map((node) => node.bytes);
  const unsigned = unsignedAttributes(signerInfo).map((node) => node.bytes);
  return [
    data.children[2]?.bytes ?? new Uint8Array(),
    ...(external === null ? [] : [external]),
    ...set(0xa0),
    ...set(0xa1),
    ...signerInfo.children.filter((node, at) => at < 4 || node.tag !== 0xa1).map((node) => node.bytes),
    ...(reading === 'bare' ? unsigned : [tlv(0xa1, ...unsigned)]),
  ];
}

/** The message with one more unsigned attribute on its only signer. */
function withAttribute(der: Uint8Array, type: string, value: Uint8Array): Uint8Array {
  const parts = openSignedData(der);
  return joinSignedData({
    ...parts,
    signerInfos: parts.signerInfos.map((node) => withUnsignedAttribute(node, type, value)),
  });
}

describe('archive time-stamps of the old form', () => {
  let world: LongTerm;
  let second: OpensslAuthority;
  let short: Entity;
  const inDays = (days: number) => new Date(world.now.getTime() + days * DAY);

  before(() => {
    world = longTerm();
    const dates = { notBefore: inDays(-30), notAfter: inDays(3650) };
    const stamping = { extensions: [purposes(['1.3.6.1.5.5.7.3.8'], true)], ...dates };
    second = new OpensslAuthority('second', issue('TSA 2', world.anchor, stamping), world.anchor);
    short = issue('Short', world.ca, { ...dates, notAfter: inDays(1) });
  });

  after(() => {
    world.close();
    second.close();
  });

  async function stamped(
    der: Uint8Array,
    reading: Reading,
    external: Uint8Array | null = null,
    authority = world.authority,
  ): Promise<Uint8Array> {
    const token = await authority.client().timestamp(inARow(der, reading, external), 'sha256');
    return withAttribute(der, V2, token);
  }

  const signed = (attached = true) =>
    buildCms(signerOf(short, [world.ca.der]), { content: [CONTENT], attached, signingTime: new Date() });

  /** What a verifier says years later, when the signer’s certificate has long expired. */
  async function outcome(der: Uint8Array, revoked = false): Promise<string> {
    const { signatures } = await verifyFile(
      { name: 'a.p7s', bytes: der, contents: [{ name: 'a.txt', bytes: CONTENT }] },
      { trust: [world.anchor.der], crls: listsYearsLater(world, revoked), now: inDays(900), offline: true },
    );
    const [only] = signatures;
    const stamps = only?.timestamps.map(({ type, indication }) => `${type} ${indication}`) ?? [];
    return [only?.indication, only?.subIndication, ...stamps].filter(Boolean).join(' ');
  }

  for (const attached of [true, false]) {
    for (const reading of ['tagged', 'bare'] as const) {
      it(`prove when ${attached ? 'a signature' : 'a detached signature'} existed, ${reading === 'tagged' ? 'with' : 'without'} the tag of the attributes`, async () => {
        const der = await signed(attached);

        expect(await outcome(der)).to.equal('INDETERMINATE OUT_OF_BOUNDS_NO_POE');
        expect(await outcome(await stamped(der, reading, attached ? null : CONTENT))).to.equal(
          'TOTAL-PASSED archive PASSED',
        );
      });
    }
  }

  it('carry the signature time-stamp, and an older archive time-stamp, when their authority is revoked later', async () => {
    const evidence = { trust: [world.anchor.der], revocation: world.revocation, now: new Date() };
    const der = await extendCms(await signed(), {
      level: 'T',
      timestampAuthority: world.authority.client(),
      evidence,
    });
    const first = await stamped(der, 'tagged');
    const both = await stamped(der, 'tagged', null, second);

    expect(await outcome(der, true)).to.match(/^INDETERMINATE .* signature INDETERMINATE$/);
    expect(await outcome(first, true)).to.match(
      /^INDETERMINATE .* signature INDETERMINATE archive INDETERMINATE$/,
    );
    expect(await outcome(both, true)).to.equal('TOTAL-PASSED signature PASSED archive PASSED');
  });

  it('prove nothing once anything they are over is another thing, or more was put in', async () => {
    const der = await signed();
    const good = await stamped(der, 'tagged');
    const detached = await stamped(await signed(false), 'tagged', Buffer.from('Nội dung khác'));
    const parts = openSignedData(good);
    const rejoin = (more: Partial<typeof parts>) =>
      joinSignedData({ ...parts, ...more, signerInfos: parts.signerInfos.map((node) => node.bytes) });
    const moved = await stamped(await signed(), 'bare');
    const [foreign] = openSignedData(moved).signerInfos.flatMap(unsignedAttributes);
    const cases: readonly (readonly [what: string, der: Uint8Array])[] = [
      ['another certificate', rejoin({ certificates: [...parts.certificates, world.responder.der] })],
      ['a certificate less', rejoin({ certificates: parts.certificates.slice(0, 1) })],
      ['a list', rejoin({ revocation: [crl(world.ca)] })],
      ['another attribute', withAttribute(good, '1.2.3.4', octetString(CONTENT))],
      ['other content', detached],
      [
        'the stamp of another message',
        withAttribute(der, V2, foreign?.children[1]?.children[0]?.bytes ?? CONTENT),
      ],
      ['no stamp at all', withAttribute(der, V2, octetString(CONTENT))],
      ['an empty attribute', withRaw(der, sequence(oid(V2), setOf()))],
    ];

    for (const [what, bytes] of cases)
      expect(await outcome(bytes), what).to.match(
        /^INDETERMINATE (OUT_OF_BOUNDS_NO_POE|NO_CERTIFICATE_CHAIN_FOUND)( archive FAILED)?$/,
      );
  });

  it('of the first form are named and never counted', async () => {
    const der = await signed();
    const token = await world.authority.client().timestamp(inARow(der, 'bare', null), 'sha256');
    const { signatures } = await verifyFile(
      { name: 'a.p7s', bytes: withAttribute(der, V1, token) },
      { trust: [world.anchor.der], now: new Date(), offline: true },
    );

    expect(signatures[0]?.timestamps).to.deep.equal([]);
    expect(signatures[0]?.messages.map(({ code }) => code)).to.include('CMS_OLD_ARCHIVE_TIMESTAMP');
  });
});

/** The message with a ready-made unsigned attribute. */
function withRaw(der: Uint8Array, attribute: Uint8Array): Uint8Array {
  const parts = openSignedData(der);
  return joinSignedData({
    ...parts,
    signerInfos: parts.signerInfos.map((node) =>
      sequence(...node.children.map((field) => field.bytes), tlv(0xa1, attribute)),
    ),
  });
}
