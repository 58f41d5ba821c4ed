/** Counterparties that are slow, silent or dead hold up nobody else's mail; poison, repeats and conflicts harm nothing. */
import { expect } from 'chai';
import type { SimulatorMode } from '../../src/connectors/index.ts';
import { HANDED_OVER_STATES } from '../../src/gateway/store/index.ts';
import { AGENCY, letter, sha256, wire } from '../gateway/support/messages.ts';
import { until } from '../support/until.ts';
import { startLoad } from './support/load.ts';
import { judge } from './support/oracle.ts';
import { note, writeReport } from './support/report.ts';
import { type Stage, setStage } from './support/stage.ts';

const LONG = process.env['LIENTHONG_FAULTS'] === 'long';

describe('faults: counterparties and their mail', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await setStage();
  });

  afterEach(() => stage.close());
  after(writeReport);

  async function unsentTo(system: string): Promise<number> {
    const store = await stage.store();
    try {
      const rows = await store.read
        .selectFrom('deliveries')
        .select('id')
        .where('system', '=', system)
        .where('state', 'not in', [...HANDED_OVER_STATES])
        .execute();
      return rows.length;
    } finally {
      await store.close();
    }
  }

  for (const direct of LONG ? [true, false] : [true]) {
    for (const [mode, fault] of [
      ['silent', 'a counterparty is silent'],
      ['slow', 'a counterparty is slow'],
      ['error500', 'a counterparty is broken'],
    ] as const satisfies readonly (readonly [SimulatorMode, string])[]) {
      it(`${fault}${direct ? '' : ' (over the bus)'}: mail of the others goes on, its own when it is well again`, async () => {
        // So slow that its mail is not through before that of the others, however long a busy machine takes for theirs.
        const counterpartyTimeoutSeconds = mode === 'slow' ? 30 : 3;
        const gateway = await stage.start({ direct, counterpartyTimeoutSeconds });
        stage.national.behaviour.set({ mode, delayMs: 10_000, path: '/sendEdoc' });
        const load = startLoad({ urls: () => [gateway.url], token: stage.token });
        // Far more for the sick one than it has places.
        await load.more(48);
        await load.stop();

        await until(async () => (await unsentTo('provincial')) === 0, 150_000);
        const stillWaiting = await unsentTo('vxp');
        stage.national.behaviour.set({ mode: 'ok' });

        expect(stillWaiting, 'the sick one is still waited for').to.be.greaterThan(0);
        note(`${fault}${direct ? '' : ', over the bus'}`, 'SQLite', await judge(stage, load.sent, 150_000));
      });
    }
  }

  it('answers that are lost after the effect: the axis is asked before anything is sent again', async () => {
    const gateway = await stage.start();
    const load = startLoad({ urls: () => [gateway.url], token: stage.token });
    await load.more(5);
    stage.national.behaviour.set({ mode: 'drop-answer', count: 8, path: '/sendEdoc' });
    stage.provincial.behaviour.set({ mode: 'drop-answer', count: 8, path: '/sendEdoc' });
    await load.more(30);
    await load.stop();

    note('answers lost after the effect', 'SQLite', await judge(stage, load.sent));
  });

  it('killed while the axes are at work on what they were sent: they are asked again until it is clear', async () => {
    const doomed = await stage.start();
    let url = doomed.url;
    const axes = [stage.national, stage.provincial];
    // Longer than a new process takes to start, free the leases of the dead one and ask.
    for (const axis of axes) axis.behaviour.set({ mode: 'late', delayMs: 6_000, path: '/sendEdoc' });
    const load = startLoad({ urls: () => [url], token: stage.token });
    await load.more(24);
    doomed.kill('SIGKILL');
    await doomed.ended;
    for (const axis of axes) axis.behaviour.set({ mode: 'ok' });

    url = (await stage.start()).url;
    await load.more(10);
    await load.stop();

    note('killed while the axes are at work', 'SQLite', await judge(stage, load.sent));
  });

  it('poison among the mail is refused or kept apart, and the rest goes on', async () => {
    const gateway = await stage.start();
    const load = startLoad({ urls: () => [gateway.url], token: stage.token });
    const send = async (body: Uint8Array | string): Promise<number> => {
      const headers = { Authorization: `Bearer ${stage.token}`, 'Content-Type': 'application/xml' };
      const init = { method: 'POST', headers, body: typeof body === 'string' ? body : new Uint8Array(body) };
      return (await fetch(`${gateway.url}/api/v1/packages`, init)).status;
    };
    const sound = await wire(letter([AGENCY.ministry.code]), [
      { name: 'a.bin', bytes: Buffer.alloc(3_000, 1) },
    ]);
    const bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><edXML>&c;</edXML>';
    const poison = [
      'không phải XML',
      bomb,
      `<edXML>${'<a>'.repeat(5_000)}`,
      sound.subarray(0, sound.length - 200),
      sound.toString('latin1').replace(/[A-Za-z0-9+/]{60}/, (text) => `${text.slice(0, 59)}*`),
      Buffer.concat([Buffer.from([0xff, 0xfe]), sound]),
    ];

    const statuses: number[] = [];
    for (const body of poison) statuses.push(await send(body));
    await load.more(20);
    await load.stop();

    for (const status of statuses) expect(status).to.be.within(400, 422);
    note('poison packages', 'SQLite', await judge(stage, load.sent));
  });

  it('the same, again and at once, is one package; the same number with other content is a conflict', async () => {
    const gateway = await stage.start();
    const message = letter([AGENCY.ministry.code, AGENCY.department.code]);
    const file = { name: 'a.bin', bytes: Buffer.alloc(1_000, 7) };
    const body = await wire(message, [file]);
    const other = await wire(message, [{ name: 'a.bin', bytes: Buffer.alloc(1_000, 8) }]);
    const post = async (bytes: Buffer): Promise<{ status: number; packageId?: string }> => {
      const headers = { Authorization: `Bearer ${stage.token}`, 'Content-Type': 'application/xml' };
      const init = { method: 'POST', headers, body: new Uint8Array(bytes) };
      const answer = await fetch(`${gateway.url}/api/v1/packages`, init);
      return { ...((await answer.json()) as { packageId?: string }), status: answer.status };
    };

    const repeats = await Promise.all(Array.from({ length: 12 }, () => post(body)));
    const conflict = await post(other);

    expect(new Set(repeats.map(({ packageId }) => packageId)).size).to.equal(1);
    expect(repeats.map(({ status }) => status)).to.deep.equal(Array(12).fill(202));
    expect(conflict.status).to.equal(409);
    const sent = {
      documentId: message.documentId,
      packageId: repeats[0]?.packageId ?? '',
      recipients: [AGENCY.ministry.code, AGENCY.department.code],
    };
    note(
      'repeats and conflicts',
      'SQLite',
      await judge(stage, [{ ...sent, fileSha256: sha256(file.bytes) }]),
    );
  });
});
