import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PINS } from '../../../src/gateway/pki/pins.ts';
import {
  daysLeft,
  expiryLevel,
  type ImportRequest,
  importCertificates,
  listEntries,
  listSets,
  readChanges,
  readTrustSet,
  removeCertificate,
  TrustError,
  watchTrustSet,
} from '../../../src/gateway/trust/index.ts';
import { describeCertificate } from '../../../src/signing/index.ts';
import { daysFromNow, type Entity, issue, NOW, root } from '../../signing/x509/authority.ts';
import { certificatePem } from '../pki/authority-server.ts';

const sha256 = (entity: Entity): string => createHash('sha256').update(entity.der).digest('hex');

describe('trust sets', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lt-trust-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const anchor = root('Một gốc');
  const take = (more: Partial<ImportRequest>) =>
    importCertificates(folder, { bytes: anchor.der, by: 'an', now: NOW, ...more });

  async function refusal(more: Partial<ImportRequest>): Promise<string> {
    try {
      await take(more);
      return 'taken';
    } catch (error) {
      return error instanceof TrustError ? error.code : String(error);
    }
  }

  it('take a certificate whose fingerprint was typed, in any way of writing it, with who, when and why', async () => {
    const typed = (sha256(anchor).toUpperCase().match(/../g) ?? []).join(':');
    const [entry] = await take({ set: 'test', fingerprint: typed, note: 'CV 12/BCY' });

    expect(entry).to.include({
      set: 'test',
      role: 'root',
      how: 'confirmed',
      by: 'an',
      at: NOW.toISOString(),
      note: 'CV 12/BCY',
      pin: null,
      sha256: sha256(anchor),
    });
    expect((await readTrustSet(folder, ['test'])).trust).to.deep.equal([anchor.der]);
    expect((await readTrustSet(folder, ['public-ca'])).trust).to.deep.equal([]);
  });

  it('refuse what no pin and no administrator vouches for, and take nothing', async () => {
    const other = sha256(root('Another'));
    const leaf = issue('Signer', anchor);
    const marked = root('CHỈ DÙNG THỬ Root');

    expect(await refusal({ set: 'test' })).to.equal('TRUST_NOT_PINNED');
    expect(await refusal({ set: 'test', fingerprint: other })).to.equal('TRUST_FINGERPRINT_MISMATCH');
    expect(await refusal({ set: 'test', fingerprint: sha256(anchor).slice(0, 40) })).to.equal(
      'TRUST_FINGERPRINT_MISMATCH',
    );
    expect(await refusal({ set: 'test', fingerprint: '' })).to.equal('TRUST_FINGERPRINT_MISMATCH');
    expect(await refusal({ fingerprint: sha256(anchor) })).to.equal('TRUST_SET_NEEDED');
    expect(await refusal({ set: '../trust', fingerprint: sha256(anchor) })).to.equal(
      'TRUST_SET_NAME_INVALID',
    );
    expect(await refusal({ set: 'test', bytes: leaf.der, fingerprint: sha256(leaf) })).to.equal(
      'TRUST_NOT_A_CA',
    );
    expect(await refusal({ set: 'public-ca', bytes: marked.der, fingerprint: sha256(marked) })).to.equal(
      'TRUST_TEST_ONLY',
    );
    expect(await refusal({ set: 'test', bytes: Buffer.from('PK\u0003\u0004'), fingerprint: other })).to.equal(
      'TRUST_FILE_UNREADABLE',
    );
    expect(await listSets(folder)).to.deep.equal([]);
    expect((await readChanges(folder)).changes).to.deep.equal([]);
  });

  it('read a PEM bundle whole or not at all', async () => {
    const bundle = Buffer.from(certificatePem(anchor.der) + certificatePem(root('Another').der));

    expect(await refusal({ set: 'test', bytes: bundle, fingerprint: sha256(anchor) })).to.equal(
      'TRUST_FINGERPRINT_MISMATCH',
    );
    expect(await listEntries(folder)).to.deep.equal([]);
  });

  it('keep intermediates apart from roots', async () => {
    const middle = issue('Trung gian', anchor, { ca: true });
    await take({ set: 'test', fingerprint: sha256(anchor) });
    await take({ set: 'test', bytes: middle.der, fingerprint: sha256(middle) });
    const set = await readTrustSet(folder, ['test']);

    expect(set.trust).to.deep.equal([anchor.der]);
    expect(set.intermediates).to.deep.equal([middle.der]);
  });

  it('leave out a file that was exchanged, and one that nobody signed for', async () => {
    await take({ set: 'test', fingerprint: sha256(anchor) });
    const inSet = join(folder, 'sets', 'test');
    const other = root('Another');
    await writeFile(join(inSet, `${sha256(anchor)}.crt`), other.der);
    await writeFile(join(inSet, `${sha256(other)}.crt`), other.der);

    expect((await readTrustSet(folder, ['test'])).trust).to.deep.equal([]);
  });

  it('are read again when they change', async () => {
    let now = 0;
    const read = watchTrustSet(folder, ['test'], () => now);
    const before = (await read()).trust.length;
    await take({ set: 'test', fingerprint: sha256(anchor) });
    now += 6000;

    expect([before, (await read()).trust.length]).to.deep.equal([0, 1]);
  });

  it('log every change in a chain in which an altered or missing line shows', async () => {
    await take({ set: 'test', fingerprint: sha256(anchor) });
    await removeCertificate(folder, sha256(anchor).slice(0, 12), { by: 'bình', note: 'lộ khoá', now: NOW });
    await take({ set: 'test', fingerprint: sha256(anchor) });
    const file = join(folder, 'changes.jsonl');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const whole = await readChanges(folder);
    await writeFile(file, `${lines[0]}\n${lines[2]}\n`);
    const cut = await readChanges(folder);
    await writeFile(file, `${lines[0]}\n${lines[1]?.replace('bình', 'an')}\n${lines[2]}\n`);
    const altered = await readChanges(folder);

    expect(whole.brokenAt).to.equal(null);
    expect(whole.changes.map(({ action, by }) => `${action} ${by}`)).to.deep.equal([
      'imported an',
      'removed bình',
      'imported an',
    ]);
    expect([cut.brokenAt, altered.brokenAt]).to.deep.equal([2, 2]);
    expect((await readdir(join(folder, 'sets', 'test'))).length).to.equal(2);
  });

  it('remove only what was named beyond doubt', async () => {
    await take({ set: 'test', fingerprint: sha256(anchor) });
    const remove = (which: string) =>
      removeCertificate(folder, which, { by: 'an', now: NOW }).then(
        (entries) => entries.length,
        (error: TrustError) => error.code,
      );

    expect(await remove(sha256(anchor).slice(0, 7))).to.equal('TRUST_NOT_FOUND');
    expect(await remove('vgca-root-g2')).to.equal('TRUST_NOT_FOUND');
    expect(await remove(sha256(anchor))).to.equal(1);
  });
});

describe('pins', () => {
  it('hold the seven fingerprints of the national authorities', () => {
    expect(PINS.map(({ id, role, set }) => `${id} ${role} ${set}`)).to.deep.equal([
      'vgca-root-g2 root public-service',
      'vgca-cp-g2 issuing public-service',
      'vgca-dcs-g2 issuing public-service',
      'vgca-root-g1 root public-service',
      'vgca-cp-g1 issuing public-service',
      'neac-root-2014 root public-ca',
      'vnpt-ca-sha2 issuing public-ca',
    ]);
  });
});

describe('the end of a certificate', () => {
  it('is warned of sixty, thirty, seven days and one day ahead', () => {
    const level = (days: number) => expiryLevel(daysFromNow(days).getTime(), NOW.getTime());

    expect([61, 60, 31, 30, 8, 7, 2, 1, 0.5, 0, -1].map(level)).to.deep.equal([
      ...['ok', 60, 60, 30, 30, 7, 7, 1, 1, 'expired', 'expired'],
    ]);
    expect(daysLeft(daysFromNow(7.5).getTime(), NOW.getTime())).to.equal(7);
  });
});

describe('a description', () => {
  it('tells an authority from a signer', () => {
    const anchor = root('Root');
    const leaf = issue('Signer', anchor);

    expect(describeCertificate(anchor.der)).to.include({ isCa: true, isSelfIssued: true, key: 'ec 256' });
    expect(describeCertificate(leaf.der)).to.include({ isCa: false, isSelfIssued: false });
  });
});
