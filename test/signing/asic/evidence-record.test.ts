import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { extendAsic, signAsic } from '../../../src/signing/asic/index.ts';
import { asicManifest } from '../../../src/signing/asic/write/manifest.ts';
import { writeZip } from '../../../src/signing/asic/write/zip.ts';
import { readZip, type ZipEntry } from '../../../src/signing/asic/zip.ts';
import { integer, octetString, oid, sequence, tlv } from '../../../src/signing/cms/der-write.ts';
import { type TsaClient, verifyFile } from '../../../src/signing/index.ts';
import { type LongTerm, listsYearsLater, longTerm, OpensslAuthority } from '../local-authorities.ts';
import { signerOf } from '../signers.ts';
import { type Entity, issue, purposes } from '../x509/authority.ts';

const DAY = 86_400_000;
const RECORD = 'META-INF/evidencerecord1.ers';
const MANIFEST = 'META-INF/ASiCEvidenceRecordManifest1.xml';
const FILES = [
  { name: 'công văn.txt', bytes: Buffer.from('Kính gửi: Sở Tư pháp.') },
  { name: 'bảng.csv', bytes: Buffer.from('1;2;3') },
];

type Algorithm = 'sha256' | 'sha512';
const OIDS = { sha256: '2.16.840.1.101.3.4.2.1', sha512: '2.16.840.1.101.3.4.2.3' } as const;

const hash = (algorithm: Algorithm, ...parts: readonly Uint8Array[]): Buffer =>
  createHash(algorithm).update(Buffer.concat(parts)).digest();
const sorted = (hashes: readonly Uint8Array[]): Uint8Array[] => [...hashes].sort(Buffer.compare);
const group = (algorithm: Algorithm, hashes: readonly Uint8Array[]): Buffer =>
  hash(algorithm, ...sorted(hashes));

/** The root of lists of hashes, as RFC 4998 §4.3 has it. */
function rootOf(algorithm: Algorithm, [first = [], ...above]: readonly (readonly Uint8Array[])[]): Buffer {
  return above.reduce<Buffer>((root, list) => group(algorithm, [...list, root]), group(algorithm, first));
}

const asClient = (authority: OpensslAuthority): TsaClient => authority.client() as TsaClient;

/** An ArchiveTimeStamp over lists of hashes, its token by `openssl ts`. */
async function archiveStamp(
  authority: OpensslAuthority,
  algorithm: Algorithm,
  tree: readonly (readonly Uint8Array[])[],
): Promise<{ der: Uint8Array; token: Uint8Array }> {
  const token = await asClient(authority).stampImprint(rootOf(algorithm, tree), algorithm);
  const lists = tree.map((list) => sequence(...list.map(octetString)));
  return { token, der: sequence(tlv(0xa0, oid(OIDS[algorithm])), tlv(0xa2, ...lists), token) };
}

/** An ArchiveTimeStamp without a tree: over the hash of the token before. */
async function renewal(
  authority: OpensslAuthority,
  algorithm: Algorithm,
  before: Uint8Array,
): Promise<{ der: Uint8Array; token: Uint8Array }> {
  const token = await asClient(authority).stampImprint(hash(algorithm, before), algorithm);
  return { token, der: sequence(tlv(0xa0, oid(OIDS[algorithm])), token) };
}

const chainOf = (...stamps: readonly { der: Uint8Array }[]) => sequence(...stamps.map(({ der }) => der));
const recordOf = (...chains: readonly Uint8Array[]) =>
  sequence(integer(1), sequence(sequence(oid(OIDS.sha256)), sequence(oid(OIDS.sha512))), sequence(...chains));

describe('evidence records in a container', () => {
  let world: LongTerm;
  let second: OpensslAuthority;
  let short: Entity;
  let entries: readonly ZipEntry[];
  const inDays = (days: number) => new Date(world.now.getTime() + days * DAY);
  const stranger = (name: string) => hash('sha256', Buffer.from(name));
  const data = () => entries.filter(({ name }) => name !== 'mimetype').map(({ bytes }) => bytes);
  const leaves = (algorithm: Algorithm) => data().map((bytes) => hash(algorithm, bytes));
  const tree = () => [[...leaves('sha256'), stranger('a')], [stranger('b')], [stranger('c'), stranger('d')]];

  before(async () => {
    world = longTerm();
    const dates = { notBefore: inDays(-30), notAfter: inDays(3650) };
    const stamping = { extensions: [purposes(['1.3.6.1.5.5.7.3.8'], true)], ...dates };
    second = new OpensslAuthority('second', issue('TSA 2', world.anchor, stamping), world.anchor);
    short = issue('Short', world.ca, { ...dates, notAfter: inDays(1) });
    const signer = signerOf(short, [world.ca.der]);
    entries = readZip(await signAsic(FILES, signer, { kind: 'E', form: 'cades', signingTime: new Date() }));
  });

  after(() => {
    world.close();
    second.close();
  });

  /** The container with a record over all its files, or over those left by `listed`. */
  function withRecord(
    record: Uint8Array,
    listed = (entry: ZipEntry) => entry.name !== 'mimetype',
  ): Uint8Array {
    const by = { name: RECORD, mimeType: 'application/octet-stream' };
    const manifest = asicManifest(by, entries.filter(listed), 'sha256');
    return writeZip([...entries, { name: MANIFEST, bytes: manifest }, { name: RECORD, bytes: record }]);
  }

  /** What a verifier says years later, the first authority having been revoked two days after its stamp or not. */
  async function outcome(bytes: Uint8Array, revoked = false): Promise<string> {
    const { signatures } = await verifyFile(
      { name: 'a.asice', bytes },
      { trust: [world.anchor.der], crls: listsYearsLater(world, revoked), now: inDays(900), offline: true },
    );
    const [only] = signatures;
    const stamps = only?.timestamps.map(({ type, indication }) => `${type} ${indication}`) ?? [];
    return [only?.indication, only?.subIndication, ...stamps].filter(Boolean).join(' ');
  }

  it('prove when a signature existed, by their hash tree', async () => {
    const stamp = await archiveStamp(world.authority, 'sha256', tree());
    const bare = await archiveStamp(world.authority, 'sha256', [leaves('sha256')]);

    expect(await outcome(writeZip(entries))).to.equal('INDETERMINATE OUT_OF_BOUNDS_NO_POE');
    expect(await outcome(withRecord(recordOf(chainOf(stamp))))).to.equal('TOTAL-PASSED archive PASSED');
    expect(await outcome(withRecord(recordOf(chainOf(bare))))).to.equal('TOTAL-PASSED archive PASSED');
    const { signatures } = await verifyFile(
      { name: 'a.asice', bytes: withRecord(recordOf(chainOf(stamp))) },
      { trust: [world.anchor.der], now: new Date(), offline: true },
    );
    expect(signatures[0]?.messages.map(({ code }) => code)).to.not.include('ASIC_EVIDENCE_RECORD');
  });

  it('are renewed by another time-stamp, which carries the one before', async () => {
    const first = await archiveStamp(world.authority, 'sha256', tree());
    const again = await renewal(second, 'sha256', first.token);

    expect(await outcome(withRecord(recordOf(chainOf(first))), true)).to.match(
      /^INDETERMINATE .* INDETERMINATE$/,
    );
    expect(await outcome(withRecord(recordOf(chainOf(first, again))), true)).to.equal(
      'TOTAL-PASSED archive PASSED archive PASSED',
    );
  });

  it('are renewed under another algorithm, over the data and all chains before', async () => {
    const first = chainOf(await archiveStamp(world.authority, 'sha256', tree()));
    const chains = hash('sha512', sequence(first));
    const over = data().map((bytes) => hash('sha512', hash('sha512', bytes), chains));
    const next = chainOf(await archiveStamp(second, 'sha512', [over, [hash('sha512', Buffer.from('x'))]]));
    const loose = chainOf(await archiveStamp(second, 'sha512', [leaves('sha512')]));

    expect(await outcome(withRecord(recordOf(first, next)), true)).to.equal(
      'TOTAL-PASSED archive PASSED archive PASSED',
    );
    // Over the data alone it proves nothing of the chain before.
    expect(await outcome(withRecord(recordOf(first, loose)), true)).to.match(
      /^INDETERMINATE .* archive FAILED$/,
    );
  });

  it('prove nothing once any part is another one', async () => {
    const first = await archiveStamp(world.authority, 'sha256', tree());
    const other = await archiveStamp(world.authority, 'sha256', [[stranger('e')]]);
    const again = await renewal(second, 'sha256', first.token);
    const changed = (at: number) => {
      const der = Buffer.from(first.der);
      der[at] = (der[at] ?? 0) ^ 1;
      return { der };
    };
    const inTree = first.der.length - first.token.length - 5;
    const incomplete = await archiveStamp(world.authority, 'sha256', [leaves('sha256').slice(1)]);
    const mixed = await renewal(second, 'sha512', first.token);
    const foreign = await renewal(second, 'sha256', other.token);
    const cases: readonly (readonly [what: string, record: Uint8Array])[] = [
      ['a hash of the tree', recordOf(chainOf(changed(inTree)))],
      ['a file that is not in the tree', recordOf(chainOf(incomplete))],
      ['a tree of other files', recordOf(chainOf(other))],
      ['the order of the stamps', recordOf(chainOf(again, first))],
      ['a renewal alone', recordOf(chainOf(again))],
      ['a renewal of a broken stamp', recordOf(chainOf(other, foreign))],
    ];

    for (const [what, record] of cases)
      expect(await outcome(withRecord(record)), what).to.match(
        /^INDETERMINATE OUT_OF_BOUNDS_NO_POE archive FAILED( archive FAILED)?$/,
      );
    for (const renewed of [foreign, mixed])
      expect(await outcome(withRecord(recordOf(chainOf(first, renewed))), true)).to.match(
        /^INDETERMINATE .* archive FAILED$/,
      );
  });

  it('reach a signature only when its file, its manifest and all its files are listed as they are', async () => {
    const record = recordOf(chainOf(await archiveStamp(world.authority, 'sha256', tree())));
    for (const left of ['công văn.txt', 'META-INF/signature001.p7s', 'META-INF/ASiCManifest001.xml']) {
      expect(entries.map(({ name }) => name)).to.include(left);
      const bytes = withRecord(record, ({ name }) => name !== 'mimetype' && name !== left);
      expect(await outcome(bytes), left).to.equal('INDETERMINATE OUT_OF_BOUNDS_NO_POE');
    }
    const good = readZip(withRecord(record));
    const swapped = good.map((entry) =>
      entry.name === 'bảng.csv' ? { ...entry, bytes: Buffer.from('4;5;6') } : entry,
    );
    expect(await outcome(writeZip(swapped))).to.match(/^TOTAL-FAILED HASH_FAILURE/);
  });

  it('are passed over when they are none, and keep the signatures they cover from being touched', async () => {
    const stamp = await archiveStamp(world.authority, 'sha256', tree());
    const record = recordOf(chainOf(stamp));
    const encrypted = sequence(
      integer(1),
      sequence(sequence(oid(OIDS.sha256))),
      tlv(0xa1, oid('1.2.3'), octetString(Buffer.from('x'))),
      sequence(chainOf(stamp)),
    );
    for (const junk of [
      Buffer.from('junk'),
      sequence(integer(2)),
      encrypted,
      record.subarray(0, -1),
      recordOf(),
    ]) {
      const { signatures } = await verifyFile(
        { name: 'a.asice', bytes: withRecord(junk) },
        { trust: [world.anchor.der], now: new Date(), offline: true },
      );
      expect(signatures[0]?.timestamps).to.deep.equal([]);
      expect(signatures[0]?.messages.map(({ code }) => code)).to.include('ASIC_EVIDENCE_RECORD');
    }
    const container = withRecord(record);
    const extended = await extendAsic(container, {
      level: 'T',
      timestampAuthority: world.authority.client(),
      evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
    });
    expect(extended).to.equal(container);
  });
});
