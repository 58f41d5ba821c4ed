import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildDossier, type DossierMessage, formatVietnamTime } from '../../../src/packages/index.ts';
import { openTestKey, signPdf, signXml } from '../../../src/signing/index.ts';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import { type Answer, type Api, acceptedId } from '../support/api.ts';
import { dossierRequest } from '../support/dossier.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';
import { startWorld, type World } from '../support/world.ts';

const MINISTRY = { code: 'G15' };

describe('dossier messages: signed by the sending agency, verified on arrival', () => {
  let world: World;
  let district: Api;
  let ministry: Api;
  before(async () => {
    world = await startWorld({
      recipientsAnswer: false,
      // The ministry speaks through messages here, not through its own interface.
      resultAfterPulls: 1_000_000,
      settings: { dossierKeys: `${AGENCY.district.code}=con-dau`, dossierSignatures: 'required' },
    });
    district = await world.as(AGENCY.district);
    ministry = await world.as(MINISTRY, 'system');
  });
  after(() => world.close());

  async function atMinistry(): Promise<string> {
    const metadata = dossierRequest({
      agency: AGENCY.district.code,
      procedureCode: '2.000488',
      form: { form: 1, purpose: 'Xin việc', gender: 2, birthDate: '1990-02-01' },
      components: [{ name: 'Tờ khai', file: 'a.pdf' }],
    });
    const answer = await district.postForm('/api/v1/dossiers', metadata, { 'a.pdf': makePdf() });
    acceptedId(answer);
    return answer.json.code;
  }
  const at = (code: string) => district.get(`/api/v1/dossiers/${code}`).then((answer) => answer.json);
  const messageOf = (code: string, more: Partial<DossierMessage>): DossierMessage =>
    ({
      messageId: randomUUID(),
      from: { agencyCode: MINISTRY.code },
      to: [{ agencyCode: AGENCY.district.code }],
      createdAt: formatVietnamTime(new Date()),
      dossierCode: code,
      ...more,
    }) as DossierMessage;
  const step = (code: string, state = 4): DossierMessage =>
    messageOf(code, {
      kind: 'progress',
      body: {
        steps: [
          {
            handler: 'Phòng LLTP',
            content: 'Đang xác minh',
            state,
            handledAt: formatVietnamTime(new Date(Date.now() - 1000)),
          },
        ],
      },
    } as Partial<DossierMessage>);
  async function signed(message: DossierMessage, who = 'ministry'): Promise<Uint8Array> {
    const identity = world.pki.identities[who];
    if (identity === undefined) throw new TypeError(who);
    const key = await openTestKey(identity);
    try {
      return await signXml(buildDossier(message), key, { signingTime: new Date(), xades: true });
    } finally {
      key.close();
    }
  }
  const send = (bytes: Uint8Array, api = ministry) =>
    api.call('POST', '/api/v1/dossier-messages', {
      body: new Blob([Uint8Array.from(bytes)]),
      headers: { 'content-type': 'application/xml' },
    });
  const codesOf = (answer: Answer) => answer.json.errors?.map((error: { code: string }) => error.code);

  it('signs what the agency says with its seal, so that xmlsec1 accepts it', async () => {
    const code = await atMinistry();
    const { packageId } = await at(code);
    const { payload_sha256 } = await world.gateway.deps.x.store.read
      .selectFrom('packages')
      .select('payload_sha256')
      .where('id', '=', packageId)
      .executeTakeFirstOrThrow();
    const path = join(temporaryFolder(), 'dossier.xml');
    const xml = await world.gateway.deps.x.blobs.read(payload_sha256);
    writeFileSync(path, xml);
    const pem = (folder: string, name: string): string => {
      const [file = ''] = readdirSync(folder);
      const out = join(temporaryFolder(), name);
      execFileSync('openssl', ['x509', '-inform', 'DER', '-in', join(folder, file), '-out', out]);
      return out;
    };
    const root = pem(world.pki.trustDirectory, 'root.pem');
    const sub = pem(world.pki.intermediatesDirectory, 'sub.pem');
    const ids = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];

    const verified = await world.gateway.deps.x.verifier.verify('dossier.xml', xml);

    expect(verified.verdict).to.equal('TOTAL-PASSED');
    expect(verified.signatures[0]).to.include({ format: 'XAdES-B-B', coverage: 'whole-document' });
    execFileSync('xmlsec1', ['--verify', '--trusted-pem', root, '--untrusted-pem', sub, ...ids, path], {
      stdio: 'pipe',
    });
  });

  it('takes a signed step once, applies it, tells the portal, and keeps the bytes as they came', async () => {
    const code = await atMinistry();
    const bytes = await signed(step(code));

    const [first, second] = [await send(bytes), await send(bytes)];
    await eventually(
      () => at(code),
      (seen) => seen.portal.state === '4',
    );

    expect(acceptedId(first)).to.equal(acceptedId(second));
    expect((await at(code)).state).to.equal(4);
    const kept = await world.gateway.deps.x.store.read
      .selectFrom('packages')
      .select('payload_sha256')
      .where('id', '=', acceptedId(first))
      .executeTakeFirstOrThrow();
    expect(Buffer.from(bytes).equals(await world.gateway.deps.x.blobs.read(kept.payload_sha256))).to.equal(
      true,
    );
  });

  it('refuses what is unsigned, altered, signed by nobody known to it, or about a dossier of others', async () => {
    const code = await atMinistry();
    const good = Buffer.from(await signed(step(code))).toString('utf8');

    const unsigned = await send(buildDossier(step(code)));
    const altered = await send(Buffer.from(good.replace('Đang xác minh', 'Đã xác minh')));
    const asDistrict = await send(
      await signed({ ...step(code), from: { agencyCode: AGENCY.district.code } }),
    );
    const stranger = await send(
      await signed({ ...step(code), from: { agencyCode: AGENCY.commune.code } }),
      await world.as(AGENCY.commune),
    );
    const notXml = await send(Buffer.from('<a>'));
    const badMove = await send(await signed(step(code, 10)));

    expect(codesOf(unsigned)).to.deep.equal(['N.Signature']);
    expect(codesOf(altered)).to.deep.equal(['M.Signature']);
    expect(asDistrict.json.code).to.equal('SENDER_NOT_ALLOWED');
    expect(stranger.json.code).to.equal('DOSSIER_UNKNOWN');
    expect([notXml.status, notXml.json.code]).to.deep.equal([422, 'PACKAGE_INVALID']);
    expect(badMove.json.code).to.equal('DOSSIER_MOVE_NOT_ALLOWED');
    const told = (await district.get(`/api/v1/dossiers/${code}/progress`)).json.items;
    const ours = told.filter(
      (item: { body: { steps: { handler: string }[] } }) => item.body.steps[0]?.handler === 'Phòng LLTP',
    );
    expect(ours).to.deep.equal([]);
  });

  it('takes a result whose file passes, into the inbox of the agency that handles the dossier, and no other', async () => {
    const code = await atMinistry();
    const identity = world.pki.identities['ministry'];
    if (identity === undefined) throw new TypeError('no ministry');
    const key = await openTestKey(identity);
    const pdf = await signPdf(makePdf({ lines: [{ text: code, x: 100, y: 700 }] }), key, {
      signingTime: new Date(),
    });
    key.close();
    const upload = async (bytes: Uint8Array) =>
      (await ministry.postForm('/api/v1/files', undefined, { 'phieu.pdf': bytes })).json.files[0];
    const result = (file: object): DossierMessage =>
      messageOf(code, {
        kind: 'result',
        body: {
          state: 9,
          decidedAt: formatVietnamTime(new Date(Date.now() - 1000)),
          results: [{ name: 'Phiếu lý lịch tư pháp', file }],
        },
      } as Partial<DossierMessage>);
    const bare = await upload(makePdf({ lines: [{ text: 'chưa ký', x: 100, y: 700 }] }));

    const unsignedFile = await send(await signed(result(bare)));
    const unknownFile = await send(await signed(result({ ...bare, sha256: 'ab'.repeat(32) })));
    const taken = await send(await signed(result(await upload(pdf))));

    expect(codesOf(unsignedFile)).to.deep.equal(['RESULT_NOT_VERIFIED']);
    expect(codesOf(unknownFile)).to.deep.equal(['N.File']);
    acceptedId(taken);
    const seen = await at(code);
    expect(seen).to.include({ state: 9 });
    expect(seen.result.verdict).to.equal('TOTAL-PASSED');
    const inbox = await eventually(
      () => district.inbox('?kind=result'),
      (found) => found.items.some((item) => item['documentId'] === code),
    );
    expect(inbox.items.length).to.be.greaterThan(0);
  });
});
