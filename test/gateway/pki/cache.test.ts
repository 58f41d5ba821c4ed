import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDiskCache } from '../../../src/gateway/pki/disk-cache.ts';
import { type PkiAttempt, validateCertificate } from '../../../src/signing/index.ts';
import { crl, type Entity, issue, root } from '../../signing/x509/authority.ts';
import { informationAccess, serve } from './authority-server.ts';
import { HOUR, networkPki } from './network-pki.ts';

describe('answers of authorities', function revocation() {
  const pki = networkPki();
  const { anchor, clientOf, listSpan, span, stateOf, withCrl } = pki;

  describe('kept answers', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'lt-cache-'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    it('asks once for many certificates, keeps the list over a restart, and asks again when it has aged', async () => {
      pki.server().on('/list', serve(crl(anchor, listSpan)));
      const [first, second] = [withCrl('/list'), withCrl('/list')];
      const attempts: PkiAttempt[] = [];
      const again = () =>
        clientOf({ cache: createDiskCache(folder), maxAgeMs: HOUR, onAttempt: (one) => attempts.push(one) });
      const source = again();
      await Promise.all([stateOf(first, source), stateOf(second, source)]);
      const restarted = await stateOf(first, again());
      pki.advance(HOUR + 1000);
      const aged = await stateOf(first, again());

      expect([restarted.state, aged.state]).to.deep.equal(['good', 'good']);
      expect(pki.server().asked).to.deep.equal(['GET /list', 'GET /list']);
      expect(attempts.map(({ outcome }) => outcome)).to.deep.equal(['answered', 'answered']);
    });

    it('keeps nothing beyond its nextUpdate, and nothing that nobody vouches for', async () => {
      const foreigner = root('Foreigner');
      pki.server().on('/foreign', serve(crl(anchor, { ...listSpan, signedWith: foreigner })));
      pki.server().on('/short', serve(crl(anchor, { ...listSpan, nextUpdate: new Date(pki.now() + 1000) })));
      const cache = createDiskCache(folder);
      const foreign = await stateOf(withCrl('/foreign'), clientOf({ cache }));
      const kept = await readdir(folder);
      const short = withCrl('/short');
      const source = clientOf({ cache });
      await stateOf(short, source);
      pki.advance(2000);
      await stateOf(short, source);

      expect(foreign).to.include({ state: 'REVOCATION_UNKNOWN' });
      expect(kept).to.deep.equal([]);
      expect(pki.server().asked.filter((line) => line.endsWith('/short'))).to.have.length(2);
    });

    it('looks for a file that was not there a moment later, and finds what it wrote itself at once', async () => {
      let now = 0;
      const mine = createDiskCache(folder, { now: () => now });
      const answer = { body: new Uint8Array([1, 2, 3]), fetchedAt: 1, freshUntil: 2 };
      expect(await mine.get('a')).to.equal(null);
      await createDiskCache(folder).put('a', answer);
      now = 4_999;
      expect(await mine.get('a'), 'within five seconds').to.equal(null);
      now = 5_000;
      expect(await mine.get('a')).to.deep.equal(answer);
      expect(await mine.get('b')).to.equal(null);
      await mine.put('b', answer);
      expect(await mine.get('b')).to.deep.equal(answer);
    });

    it('does without files that are damaged or of the future', async () => {
      pki.server().on('/list', serve(crl(anchor, listSpan)));
      const leaf = withCrl('/list');
      await stateOf(leaf, clientOf({ cache: createDiskCache(folder) }));
      const [name = ''] = await readdir(folder);
      await writeFile(
        join(folder, name),
        `${`lienthong-answer-1 ${pki.now()} ${pki.now() + HOUR}\n`.padEnd(64)}junk`,
      );
      const damaged = await stateOf(leaf, clientOf({ cache: createDiskCache(folder) }));

      expect(damaged).to.include({ state: 'good' });
      expect(pki.server().asked).to.have.length(2);
    });

    it('bounds the folder', async () => {
      const cache = createDiskCache(folder, { maxFiles: 10 });
      for (let index = 0; index < 64; index += 1)
        await cache.put(`key-${index}`, { body: new Uint8Array(10), fetchedAt: 1, freshUntil: 2 });

      expect(await readdir(folder)).to.have.length(10);
    });
  });

  describe('issuers', () => {
    it('fetches the missing issuer when it is asked to, and trusts it only through its path', async () => {
      const middle = issue('Middle', anchor, { ca: true, ...span });
      const impostor = issue('Middle', root('Impostor root'), { ca: true, ...span });
      const signed = (path: string) =>
        issue('Signer', middle, {
          ...span,
          extensions: [informationAccess(null, `${pki.server().url}${path}`)],
        });
      pki.server().on('/right', serve(middle.der));
      pki.server().on('/wrong', serve(impostor.der));
      const source = clientOf();
      const validate = (leaf: Entity, isAllowed: boolean) =>
        validateCertificate({
          target: leaf.der,
          trust: [anchor.der],
          at: new Date(pki.now()),
          revocation: false,
          ...(isAllowed ? { issuers: source } : {}),
        });

      expect(await validate(signed('/right'), true)).to.include({ valid: true });
      expect(await validate(signed('/wrong'), true)).to.include({ valid: false });
      expect(await validate(signed('/right'), false)).to.include({ reason: 'NO_PATH' });
      expect(pki.server().asked).to.deep.equal(['GET /right', 'GET /wrong']);
    });
  });
});
