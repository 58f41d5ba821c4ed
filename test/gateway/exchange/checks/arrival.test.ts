import { expect } from 'chai';
import type { ArrivalRule, ArrivalThreshold } from '../../../../src/gateway/exchange/index.ts';
import { dropArrivalPolicy, saveArrivalPolicy } from '../../../../src/gateway/store/index.ts';
import { openTestKey, signPdf, signXml } from '../../../../src/signing/index.ts';
import { plainPdf } from '../../console/support.ts';
import { type Api, acceptedId, type PackageSeen } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, letter, sha256, type TestFile, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

const ORGAN = { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name };
/** A loaded machine starts the verifier's first thread slowly. */
const SLOW_MS = 50_000;
let running = 0;

/** Signed, and one octet of its page changed afterwards. */
function tamper(bytes: Uint8Array, within: string): Buffer {
  const changed = Buffer.from(bytes);
  const at = changed.indexOf(within);
  expect(at, within).to.be.greaterThan(0);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
}

for (const direct of [true, false]) {
  describe(`inbound documents verified ${direct ? 'while they are taken in' : 'after they were taken in'}`, () => {
    let world: World;
    let commune: Api;
    let district: Api;
    let officer: Api;
    let good: Uint8Array;
    let bad: Buffer;

    before(async () => {
      world = await startWorld({ recipientsAnswer: false, settings: { direct } });
      [commune, district, officer] = await Promise.all([
        world.as(AGENCY.commune),
        world.as(AGENCY.district),
        world.as(AGENCY.commune, 'officer'),
      ]);
      const signer = await openTestKey(identity('ministry'));
      good = await signPdf(plainPdf(), signer, { signingTime: new Date(), profile: 'plain' });
      bad = tamper(good, '/MediaBox');
    });
    after(() => world.close());

    function identity(name: string) {
      const found = world.pki.identities[name];
      if (found === undefined) throw new TypeError(name);
      return found;
    }

    function policy(rule: ArrivalRule, threshold: ArrivalThreshold = 'failed', packageRule = rule) {
      const row = {
        agency: AGENCY.commune.code,
        package_rule: packageRule,
        file_rule: rule,
        threshold,
        actor: 'test',
        updated_at: Date.now(),
      };
      return world.gateway.deps.x.store.write((tx) => saveArrivalPolicy(tx, row));
    }

    function fromMinistry(): { documentId: string; message: ReturnType<typeof letter> } {
      running += 1;
      const documentId = `bo-gui-${direct}-${running}`;
      const traceHeaders = [{ organId: AGENCY.ministry.code, timestamp: '2026-11-20T08:00:00+07:00' }];
      return {
        documentId,
        message: letter([AGENCY.commune.code], { from: ORGAN, documentId, traceHeaders }),
      };
    }

    /** A document comes over the national axis. @returns the package once `done` holds of its delivery. */
    async function arrive(
      files: readonly TestFile[],
      done: string,
      change: (bytes: Buffer) => Promise<Uint8Array> | Uint8Array = (bytes) => bytes,
    ): Promise<PackageSeen> {
      const { documentId, message } = fromMinistry();
      const bytes = await change(await wire(message, files));
      await world.ministrySends(bytes, 'edoc');
      const listed = await eventually(
        async () =>
          ((await commune.get('/api/v1/packages?kind=document&limit=200')).json.items as PackageSeen[]).find(
            (one) => one.documentId === documentId,
          ),
        (one) => one !== undefined,
        SLOW_MS,
      );
      return eventually(
        () => commune.package(listed?.packageId ?? ''),
        (pkg) => pkg.deliveries[0]?.state === done,
        SLOW_MS,
      );
    }

    async function typesOf(api: Api, pkg: PackageSeen): Promise<string[]> {
      return (await api.events(pkg.packageId)).map((event) => event.type);
    }

    it('refuses a tampered file with status 02 and the reason, as the agency wants it', async () => {
      await policy('refuse');

      const pkg = await arrive([{ name: 'cong-van.pdf', bytes: bad }], 'refused');

      const [delivery] = pkg.deliveries;
      expect(delivery?.reason?.code).to.equal('SIGNATURE_REFUSED');
      expect(delivery?.reason?.text).to.include('cong-van.pdf').and.include('HASH_FAILURE');
      const events = await commune.events(pkg.packageId);
      const flagged = events.find((event) => event.type === 'flagged');
      expect(flagged?.data).to.include({ rule: 'refuse', by: 'agency' });
      const refused = events.find((event) => event.type === 'refused');
      expect(refused?.data['reason']).to.include('cong-van.pdf');
      const verified = events.find((event) => event.type === 'verified');
      expect(verified?.data).to.include({ name: 'cong-van.pdf', verdict: 'TOTAL-FAILED' });
      expect(JSON.stringify(verified?.data['signatures'])).to.include('HASH_FAILURE').and.include('"vi":');
      const told = await eventually(
        async () =>
          world.nationalAxis.ledger
            .entries()
            .filter((one) => one.kind === 'status' && one.facts?.['documentId'] === pkg.documentId),
        (list) => list.length > 0,
      );
      expect(told.map((one) => one.facts?.['statusCode'])).to.deep.equal(['02']);
      const status = await commune.package(String(refused?.data['statusPackageId']));
      const content = await commune.get(`/api/v1/packages/${status.packageId}/content`);
      expect(content.text).to.include('cong-van.pdf').and.include('HASH_FAILURE');
      const inbox = (await commune.inbox('?limit=500')).items.map((item) => item['packageId']);
      expect(inbox).to.not.include(pkg.packageId);
    });

    it('flags it on the timeline where the agency only wants to know', async () => {
      await policy('flag');

      const pkg = await arrive([{ name: 'a.pdf', bytes: bad }], 'available');

      expect(pkg.verifications[0]?.verdict).to.equal('TOTAL-FAILED');
      const flagged = (await commune.events(pkg.packageId)).find((event) => event.type === 'flagged');
      expect(flagged?.data).to.include({ rule: 'flag' });
      expect(flagged?.data['reason']).to.include('a.pdf');
    });

    it('says nothing more than the verdict where the agency accepts all', async () => {
      await policy('accept');

      const pkg = await arrive([{ name: 'a.pdf', bytes: bad }], 'available');

      const types = await typesOf(commune, pkg);
      expect(types).to.include('verified').and.not.include('flagged');
    });

    it('holds it for an officer, who looks and returns it', async () => {
      await policy('hold');
      const pkg = await arrive([{ name: 'a.pdf', bytes: bad }], 'parked');
      const [held] = pkg.deliveries;

      const seen = await officer.get(`/api/v1/packages/${pkg.packageId}`);
      const answered = await officer.postJson(`/api/v1/inbox/${held?.deliveryId}/statuses`, {
        statusCode: '02',
        description: 'Chữ ký không hợp lệ',
      });

      expect(held?.reason?.code).to.equal('SIGNATURE_FAILED');
      expect(seen.status).to.equal(200);
      acceptedId(answered);
      const after = await commune.package(pkg.packageId);
      expect(after.deliveries[0]).to.include({ state: 'refused', status: '02' });
      expect(after.state).to.equal('refused');
    });

    it('takes a good one, and keeps the octets of what the verdict stands on', async () => {
      await policy('refuse', 'unsigned');

      const pkg = await arrive([{ name: 'tot.pdf', bytes: good }], 'available');

      const [verification] = pkg.verifications as unknown as {
        verdict: string;
        evidence: { kind: string; sha256: string }[];
      }[];
      expect(verification?.verdict).to.equal('TOTAL-PASSED');
      const kinds = new Set(verification?.evidence.map(({ kind }) => kind));
      expect([...kinds].sort()).to.deep.equal(['certificate', 'crl']);
      for (const { sha256: digest } of verification?.evidence ?? []) {
        const address = `${world.gateway.url}/api/v1/packages/${pkg.packageId}/evidence/${digest}`;
        const answer = await fetch(address, { headers: { authorization: `Bearer ${commune.token}` } });
        expect(sha256(Buffer.from(await answer.arrayBuffer()))).to.equal(digest);
      }
      const other = await commune.get(`/api/v1/packages/${pkg.packageId}/evidence/${'0'.repeat(64)}`);
      expect(other.status).to.equal(404);
    });

    it('refuses what bears no signature only where the agency asks for one', async () => {
      await policy('refuse', 'unproven');
      const taken = await arrive([{ name: 'a.pdf', bytes: plainPdf() }], 'available');
      await policy('refuse', 'unsigned');

      const refused = await arrive([{ name: 'a.pdf', bytes: plainPdf() }], 'refused');

      expect(await typesOf(commune, taken)).to.not.include('flagged');
      expect(refused.deliveries[0]?.reason?.text).to.include('không có chữ ký số');
    });

    it('verifies the signature of the package itself, over the octets it accepted', async () => {
      const signer = await openTestKey(identity('agency-ec'));
      const signPackage = (bytes: Buffer): Promise<Uint8Array> =>
        signXml(bytes, signer, { signingTime: new Date(), placement: 'edxml-header' });
      await policy('accept', 'failed', 'refuse');

      const intact = await arrive([{ name: 'a.txt', bytes: Buffer.from('a') }], 'available', signPackage);
      const forged = await arrive([{ name: 'a.txt', bytes: Buffer.from('a') }], 'refused', async (bytes) =>
        Buffer.from(
          Buffer.from(await signPackage(bytes))
            .toString()
            .replace('V/v thử nghiệm', 'V/v thử ngHiệm'),
        ),
      );

      expect(intact.verifications.find(({ name }) => name === 'edXML')?.verdict).to.equal('TOTAL-PASSED');
      expect(forged.verifications.find(({ name }) => name === 'edXML')?.verdict).to.equal('TOTAL-FAILED');
      expect(forged.deliveries[0]?.reason?.text).to.include('Gói tin').and.include('HASH_FAILURE');
    });

    it('tells one of our own senders too', async () => {
      await policy('refuse');
      const message = letter([AGENCY.commune.code]);

      const id = acceptedId(await district.postXml(await wire(message, [{ name: 'a.pdf', bytes: bad }])));

      const seen = await eventually(
        () => district.package(id),
        (pkg) => pkg.deliveries[0]?.status === '02',
      );
      expect(seen.deliveries[0]?.state).to.equal('refused');
      const received = (await district.events(id)).find((event) => event.type === 'status-received');
      expect(received?.data['description']).to.include('HASH_FAILURE');
      expect((await district.events(id)).map((event) => event.type)).to.not.include('delivered');
    });

    it('goes by the settings where the agency has set nothing: flagged, and handed on', async () => {
      await world.gateway.deps.x.store.write((tx) => dropArrivalPolicy(tx, AGENCY.commune.code));

      const pkg = await arrive([{ name: 'a.pdf', bytes: bad }], 'available');

      const flagged = (await commune.events(pkg.packageId)).find((event) => event.type === 'flagged');
      expect(flagged?.data).to.include({ rule: 'flag', by: 'settings' });
    });
  });
}
