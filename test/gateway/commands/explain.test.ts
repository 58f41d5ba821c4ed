import { createCipheriv } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { deactivateAgency, saveAgencies } from '../../../src/gateway/directory/index.ts';
import { buildEdxml, type EdxmlDocument } from '../../../src/packages/index.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { type CliHost, type CliResult, startCliHost } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { fileBelow, temporaryFolder } from '../support/folders.ts';
import { AGENCY, letter, nextNumber, wire } from '../support/messages.ts';

/** Codes of every kind a document can name. */
const CODES = {
  own: AGENCY.district.code,
  inbox: AGENCY.commune.code,
  axis: AGENCY.ministry.code,
  newCode: 'H99.14',
  oldCode: '000.00.14.H99',
  shared: '000.00.77.H99',
  unreachable: '000.00.13.H99',
  centre: '00.98.W00',
  gone: 'H99.78',
  unknown: '000.00.99.H98',
  malformed: 'KHONG CO',
} as const;

describe('route explain', () => {
  let bare: BareGateway;
  let host: CliHost;
  let api: Api;
  let folder = '';
  const limit = 40_000;
  const vxp = { vxpUrl: 'http://127.0.0.1:9/a', vxpSystemId: '00.99.W00', vxpSecret: 'khoa-thu-0123456789' };

  before(async () => {
    folder = temporaryFolder();
    host = startCliHost();
    bare = await startBareGateway({ ...vxp, maxPackageBytes: limit });
    const { store } = bare.gateway.deps.x;
    const inbox = (code: string, otherCode: string | null) => ({
      code,
      otherCode,
      name: `Cơ quan ${code}`,
      system: 'inbox' as const,
    });
    await saveAgencies(
      store,
      [
        inbox(CODES.newCode, CODES.oldCode),
        inbox('H99.771', CODES.shared),
        inbox('H99.772', CODES.shared),
        inbox(CODES.gone, null),
        { code: CODES.unreachable, name: 'Sở Nội vụ', system: 'provincial' },
      ],
      Date.now(),
    );
    await deactivateAgency(store, CODES.gone, Date.now());
    api = await bare.as(AGENCY.district);
  });
  after(async () => {
    await host.close();
    await bare.close();
  });

  function explain(args: readonly string[]): Promise<CliResult> {
    const env = {
      LIENTHONG_VXP_URL: vxp.vxpUrl,
      LIENTHONG_VXP_SYSTEM_ID: vxp.vxpSystemId,
      LIENTHONG_VXP_SECRET: vxp.vxpSecret,
      LIENTHONG_MAX_PACKAGE_BYTES: String(limit),
    };
    return host.run(['route', 'explain', ...args, '--data', bare.dataDir, '--json'], env);
  }

  it('says of generated documents what then happens to them: taken in or not, why, and to whom through what', async () => {
    const recipients = fc.uniqueArray(fc.constantFrom(...Object.values(CODES)), {
      minLength: 1,
      maxLength: 3,
    });
    const good = fc.uniqueArray(
      fc.constantFrom(CODES.inbox, CODES.axis, CODES.newCode, CODES.oldCode, CODES.shared),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    const documents = fc.record({
      to: fc.oneof(recipients, good),
      priority: fc.integer({ min: 0, max: 4 }),
      subject: fc.constantFrom('V/v thử', 'V/v thử', 'V/v thử', '', 'x'.repeat(501)),
      from: fc.constantFrom(CODES.own, CODES.own, CODES.own, CODES.inbox),
      codeNumber: fc.constantFrom(null, null, null, '990001'),
      asPackage: fc.boolean(),
      bytes: fc.constantFrom(0, 0, 60_000),
    });
    const seen = new Set<string>();

    for (const one of fc.sample(documents, { seed: 20_261_128, numRuns: 40 })) {
      const number = one.codeNumber ?? nextNumber();
      const told = one.asPackage ? await asPackage(one, number) : await asMetadata(one, number);
      const { answer, explained } = told;
      const said = explained.json();
      const codes = said.refusals.map(({ code }: { code: string }) => code);
      const what = JSON.stringify({ ...one, number, answer: answer.text, said }, null, 1);

      if (answer.status === 202) {
        expect(codes, what).to.deep.equal([]);
        expect(explained.code, what).to.equal(0);
        const { deliveries } = await api.package(answer.json.packageId);
        const ways = deliveries.map(({ recipient, system }) => `${recipient} ${system}`);
        const sent = said.routes.filter(
          ({ outcome, hasIt }: { outcome: string; hasIt?: boolean }) => outcome === 'send' && hasIt !== true,
        );
        const isKnown = answer.headers.get('idempotent-replay') === 'true';
        // What of it some have already can only be known of a package, too.
        if (said.sentBefore?.content !== null && !isKnown)
          expect(sent.map(wayOf), what).to.have.members(ways);
        if (said.sentBefore !== null && said.sentBefore.content !== null)
          expect(said.sentBefore.content === 'same', what).to.equal(isKnown);
      } else {
        // Whether content is the same as before can only be known of a package.
        const isConflict = answer.json.code === 'DOCUMENT_CONFLICT' && said.sentBefore?.content === null;
        // Whoever holds no token for a sender is not named by the file.
        const isForeign = answer.json.code === 'SENDER_NOT_ALLOWED' && one.from !== CODES.own;
        if (!isConflict && !isForeign) {
          expect(codes, what).to.include(answer.json.code);
          expect(explained.code, what).to.equal(1);
        }
      }
      seen.add(answer.status === 202 ? 'accepted' : answer.json.code);
    }

    expect([...seen]).to.include.members([
      'accepted',
      'RECIPIENT_UNKNOWN',
      'SYSTEM_UNKNOWN',
      'PACKAGE_INVALID',
      'PACKAGE_TOO_LARGE',
      'BAD_REQUEST',
      'DOCUMENT_CONFLICT',
    ]);
  });

  it('knows that what was taken back is refused, whatever its files', async () => {
    const one = { to: [CODES.inbox], priority: 0, subject: 'Thu hồi', from: CODES.own, bytes: 0 };
    const { answer } = await asMetadata(one, '900');
    const id = acceptedId(answer);
    const asked = await api.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' });
    expect(asked.status, asked.text).to.equal(202);
    const { deliveries } = await eventually(
      () => api.package(id),
      (pkg) => pkg.deliveries[0]?.recall === 'requested',
    );
    const commune = await bare.as(AGENCY.commune);
    const agreed = await commune.postJson(`/api/v1/inbox/${deliveries[0]?.deliveryId}/statuses`, {
      statusCode: '15',
    });
    expect(agreed.status, agreed.text).to.equal(202);
    await eventually(
      () => api.package(id),
      ({ state }) => state === 'withdrawn',
    );

    const again = await asMetadata({ ...one, bytes: 50 }, '900');

    expect(again.answer.json.code).to.equal('DOCUMENT_CONFLICT');
    const said = again.explained.json();
    expect(said.refusals.map(({ code }: { code: string }) => code)).to.deep.equal(['DOCUMENT_CONFLICT']);
    expect(said.sentBefore).to.deep.equal({ packageId: id, state: 'withdrawn', content: null });
    expect(again.explained.code).to.equal(1);
  });

  /** As the delivery names it: an inbox by the directory's code, an axis by the document's. */
  function wayOf({ to, rule, system }: { to: string; rule: string; system: string }): string {
    const own = / = (\S+) →/.exec(rule)?.[1];
    return `${system === 'inbox' ? (own ?? to) : to} ${system}`;
  }

  interface Generated {
    readonly to: readonly string[];
    readonly priority: number;
    readonly subject: string;
    readonly from: string;
    readonly bytes: number;
  }

  /** Bytes that no packer makes smaller. */
  function noise(size: number): Buffer {
    const key = Buffer.alloc(16, 7);
    return createCipheriv('aes-128-ctr', key, key).update(Buffer.alloc(size));
  }

  async function asPackage(one: Generated, number: string) {
    const message = letter(one.to, {
      from: { organId: one.from, organName: 'Bên gửi' },
      subject: one.subject,
      code: { codeNumber: number, codeNotation: 'UBND-VP' },
      documentId: `${one.from},2026/11/20,${number}/UBND-VP`,
      otherInfo: { priority: one.priority },
    });
    const files = one.bytes === 0 ? [] : [{ name: 'a.bin', bytes: noise(one.bytes) }];
    const bytes = await wire(message, files);
    const explained = await explain(['--document', await fileBelow(folder, `${number}.edxml`, bytes)]);
    return { explained, answer: await api.postXml(bytes) };
  }

  async function asMetadata(one: Generated, number: string) {
    const { from, to, priority, subject } = one;
    const metadata = {
      from,
      to,
      priority,
      subject,
      code: { codeNumber: number, codeNotation: 'UBND-VP' },
      place: 'Mẫu',
      promulgationDate: '2026-11-20',
      typeName: 'Công văn',
    };
    const bytes = noise(one.bytes === 0 ? 10 : one.bytes);
    const attached = await fileBelow(folder, `${number}.bin`, bytes);
    const meta = await fileBelow(folder, `${number}.json`, JSON.stringify(metadata));
    const explained = await explain(['--document', meta, '--attach', attached]);
    return { explained, answer: await api.postForm('/api/v1/documents', metadata, { 'a.bin': bytes }) };
  }

  it('names the rule: one code of two agencies, two codes of one, what is no longer in force, a centre', async () => {
    const asked = [CODES.shared, 'H99.771', CODES.oldCode, CODES.newCode, CODES.gone, CODES.centre];

    const told = await explain(asked.flatMap((code) => ['--to', code]));

    const [shared, first, old, current, gone, centre] = told.json().routes;
    expect(shared.rule).to.include(`${CODES.shared} = H99.771`);
    expect(shared.passedOver.join()).to.include('H99.772');
    expect([first.outcome, old.outcome, current.outcome]).to.deep.equal(['same', 'send', 'same']);
    expect(gone.because).to.include('đã hết hiệu lực').and.include('no longer in force');
    expect(centre.outcome).to.equal('centre');
    expect(told.json().refusals[0]).to.include({ code: 'RECIPIENT_UNKNOWN' });
    expect(told.code).to.equal(1);
  });

  it('tells the two languages and the verdict first, and the place of a fault in a file that is no document', async () => {
    const words = await host.run(['route', 'explain', '--to', CODES.inbox, '--data', bare.dataDir]);
    const broken = await fileBelow(folder, 'hong.json', '{"from": ');
    const stray = await fileBelow(
      folder,
      'lac.edxml',
      `1212${(await wire(letter([CODES.inbox]))).toString()}`,
    );

    const unreadable = await explain(['--document', broken]);
    const missing = await explain(['--document', join(folder, 'khong-co.json')]);
    const strayed = await explain(['--document', stray]);
    const list = await explain(['--document', await fileBelow(folder, 'ds.json', '[]')]);

    expect(words.stdout).to.match(/^SẼ ĐƯỢC TIẾP NHẬN \/ would be taken in\n/);
    expect([unreadable.code, missing.code, strayed.code, list.code]).to.deep.equal([65, 65, 1, 1]);
    expect(unreadable.stderr).to.match(/JSON.*position 9|JSON.*end/);
    expect(strayed.json().refusals[0].faults[0]).to.include({ line: 1, column: 1 });
    expect(list.json().refusals[0].code).to.equal('BAD_REQUEST');
  });

  it('knows systems that take their mail from the broker, and says who may hand a document in', async () => {
    const env = { LIENTHONG_AMQP_SYSTEMS: 'bo-y-te=byt', AMQP_URL: 'amqp://truc@127.0.0.1:9' };
    const data = temporaryFolder();
    const run = (...args: string[]) => host.run([...args, '--data', data, '--json'], env);
    await run('agencies', 'add', '--code', '000.00.00.G18', '--name', 'Bộ Y tế', '--system', 'bo-y-te');
    const message: EdxmlDocument = letter(['000.00.00.G18']);
    const chunks: Uint8Array[] = [];
    for await (const chunk of buildEdxml(message, [])) chunks.push(Uint8Array.from(chunk));
    const path = await fileBelow(folder, 'bo.edxml', Buffer.concat(chunks));

    const told = await run('route', 'explain', '--document', path);

    expect(told.json().routes[0]).to.include({ ok: true, system: 'bo-y-te' });
    expect(told.json().sender).to.deep.include({ code: AGENCY.district.code, name: null, tokens: 0 });
    expect([told.code, told.json().refusals]).to.deep.equal([0, []]);
    expect(told.json().warnings[0].en).to.include('tokens create');
  });
});
