/**
 * Documents, updates, recalls and statuses in every order: late, repeated, crossing, from the wrong party. Each run is a short story
 * made from its seed; a small model says where each recipient must stand, and every word must be on a timeline, once. With one gateway, and
 * with two on one PostgreSQL, where words come in at either and the same one at both at once.
 * `LIENTHONG_ORDER_RUNS` and `LIENTHONG_FUZZ_SEED` make it longer at night.
 */
import { expect } from 'chai';
import { acceptEdxml } from '../../../../src/gateway/exchange/index.ts';
import { type Gateway, startGateway } from '../../../../src/gateway/index.ts';
import { findPackage } from '../../../../src/gateway/store/index.ts';
import type { EdxmlDocument, EdxmlStatus } from '../../../../src/packages/index.ts';
import { Random } from '../../../packages/support/mutate/random.ts';
import { testDatabaseUrl } from '../../../support/services.ts';
import { type Api, acceptedId, createApi, type DeliverySeen } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, letter, once, statusOn, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

const RUNS = Number(process.env['LIENTHONG_ORDER_RUNS'] ?? 4);
const START = Number(process.env['LIENTHONG_FUZZ_SEED'] ?? 0);
const PARTIES = { ministry: AGENCY.ministry, commune: AGENCY.commune } as const;
type Party = keyof typeof PARTIES;
const CODES = ['01', '02', '03', '04', '05', '06', '15', '16'];
/** Work that goes on; nothing else follows itself. */
const AFTER: Readonly<Record<string, readonly string[]>> = {
  '': ['01', '02', '03', '04', '05', '06'],
  '01': ['02', '03', '04', '05', '06'],
  '02': [],
  '03': ['04', '05', '06'],
  '04': ['04', '05', '06'],
  '05': ['05', '06'],
  '06': [],
  '15': ['03', '04', '05', '06'],
  '16': ['03', '04', '05', '06'],
};

/** Where one recipient stands with the document, as it ought to be. */
interface Standing {
  status: string;
  recall: string | null;
  state: 'open' | 'refused' | 'withdrawn';
  /** Words on the timeline, in order. */
  told: string[];
}

type Seen = DeliverySeen & { recall: string | null };

interface Told {
  readonly id: string;
  readonly repeated: boolean;
}

function suite(count: 1 | 2, databaseUrl: () => string): void {
  let world: World;
  let gateways: Gateway[] = [];
  let district: Api;
  /** The same person at either gateway. */
  let doors: Api[] = [];
  before(async function start() {
    const url = databaseUrl();
    world = await startWorld({ recipientsAnswer: false, settings: { databaseUrl: url } });
    district = await world.as(AGENCY.district);
    gateways = [world.gateway];
    while (gateways.length < count) gateways.push(await startGateway(world.config));
    doors = gateways.map((gateway) => createApi(gateway.url, district.token));
  });
  after(async () => {
    for (const gateway of gateways.slice(1)) await gateway.stop();
    await world.close();
  });

  /** Hands a message in as its party would, and waits until it took effect. */
  async function say(party: Party | 'stranger', message: EdxmlStatus, at = gateways[0]): Promise<Told> {
    const { x } = (at ?? world.gateway).deps;
    const taken = await acceptEdxml(x, once(await wire(message)), {
      origin: party === 'commune' ? 'api' : 'vxp',
      actor: party,
      maySendFor: () => true,
    });
    await eventually(
      () => findPackage(x.store.read, taken.packageId),
      (pkg) => pkg !== undefined && pkg.state !== 'accepted',
    );
    return { id: taken.packageId, repeated: taken.repeated };
  }

  /** At every gateway at the same time: it is one word, and one of them took it. */
  async function sayEverywhere(party: Party, message: EdxmlStatus): Promise<void> {
    const told = await Promise.all(gateways.map((gateway) => say(party, message, gateway)));

    expect(new Set(told.map(({ id }) => id)).size, 'one package').to.equal(1);
    expect(
      told.filter(({ repeated }) => !repeated),
      'taken once',
    ).to.have.length(1);
  }

  async function standing(id: string): Promise<Seen[]> {
    return (await district.package(id)).deliveries as Seen[];
  }

  async function sent(message: EdxmlDocument): Promise<string> {
    const id = acceptedId(await district.postXml(await wire(message)));
    await eventually(
      () => standing(id),
      (all) => all.length > 0 && all.every(({ state }) => ['sent', 'available'].includes(state)),
    );
    return id;
  }

  function hear(one: Standing, code: string): void {
    const isAnswer = (code === '15' || code === '16') && one.recall === 'requested';
    const moves = isAnswer || (one.state !== 'withdrawn' && (AFTER[one.status] ?? []).includes(code));
    one.told.push(`${moves ? 'status-received' : 'status-late'} ${code}`);
    if (!moves) return;
    one.status = code;
    if (code === '02') one.state = 'refused';
    if (!isAnswer) return;
    one.recall = code === '15' ? 'agreed' : 'refused';
    if (code === '15') one.state = 'withdrawn';
  }

  async function story(random: Random): Promise<{ steps: string[]; expected: unknown; seen: unknown }> {
    const message = letter([AGENCY.ministry.code, AGENCY.commune.code]);
    const id = await sent(message);
    const model: Record<Party, Standing> = {
      ministry: { status: '', recall: null, state: 'open', told: [] },
      commune: { status: '', recall: null, state: 'open', told: [] },
    };
    const steps: string[] = [];
    const said: { party: Party; status: EdxmlStatus }[] = [];
    for (let step = 0; step < 9; step += 1) {
      const party = random.one(['ministry', 'commune'] as const);
      const repeat = random.is(2) ? random.one(said) : undefined;
      if (repeat !== undefined) {
        steps.push(`${repeat.party} again ${repeat.status.statusCode}`);
        expect((await say(repeat.party, repeat.status, random.one(gateways))).repeated).to.equal(true);
      } else if (random.is(1)) {
        steps.push('a stranger 03');
        const word = statusOn(message, AGENCY.department, '03', { timestamp: timeOf(step) });
        await say('stranger', word, random.one(gateways));
      } else if (random.is(2)) {
        steps.push('recall');
        const [door = district] = [random.one(doors)];
        const answer = await door.postJson(`/api/v1/packages/${id}/recall`, { reason: 'Gửi nhầm' });
        if (answer.status === 202 && answer.json.repeated !== true) {
          const recall = acceptedId(answer);
          await eventually(
            () => district.package(recall),
            (pkg) => pkg.deliveries.every(({ state }) => !['accepted', 'queued', 'sending'].includes(state)),
          );
          if (!steps.slice(0, -1).includes('recall'))
            for (const one of Object.values(model)) if (one.state === 'open') one.recall = 'requested';
        }
      } else if (count > 1 && random.is(3)) {
        // Two recipients speak at once, each at a gateway of its own.
        const words = (['ministry', 'commune'] as const).map((one) => {
          const status = statusOn(message, PARTIES[one], random.one(CODES), { timestamp: timeOf(step) });
          return { party: one, status, at: random.one(gateways) };
        });
        steps.push(words.map((word) => `${word.party} ${word.status.statusCode}`).join(' with '));
        await Promise.all(words.map((word) => say(word.party, word.status, word.at)));
        for (const word of words) {
          said.push(word);
          hear(model[word.party], word.status.statusCode);
        }
      } else {
        const code = random.one(CODES);
        const status = statusOn(message, PARTIES[party], code, { timestamp: timeOf(step) });
        steps.push(`${party} ${code}`);
        if (count > 1 && random.is(5)) await sayEverywhere(party, status);
        else await say(party, status, random.one(gateways));
        said.push({ party, status });
        hear(model[party], code);
      }
    }
    const events = await district.events(id);
    const seen = Object.fromEntries(
      (await standing(id)).map((one) => {
        const party: Party = one.recipient === AGENCY.ministry.code ? 'ministry' : 'commune';
        const state = one.state === 'withdrawn' || one.state === 'refused' ? one.state : 'open';
        const told = events
          .filter((event) => /^status-(received|late)$/.test(event.type) && event.recipient === one.recipient)
          .map((event) => `${event.type} ${event.data['code']}`);
        return [party, { status: one.status ?? '', recall: one.recall, state, told }];
      }),
    );
    return { steps, expected: model, seen };
  }

  it('tell a document from the update under its identifier, also to a recipient who got the update alone', async () => {
    const first = letter([AGENCY.ministry.code]);
    const update = letter([AGENCY.ministry.code, AGENCY.commune.code], {
      documentId: first.documentId,
      code: first.code,
      business: {
        businessDocType: 2,
        businessDocReason: 'Thêm nơi nhận',
        documentId: first.documentId,
        businessDocumentInfo: { documentInfo: 1, documentReceiver: 1 },
      },
    });
    const firstId = await sent(first);
    const of = async (id: string, party: Party): Promise<Seen | undefined> =>
      (await standing(id)).find(({ recipient }) => recipient === PARTIES[party].code);
    const word = (party: Party, code: string, step: number) =>
      say(party, statusOn(first, PARTIES[party], code, { timestamp: timeOf(step) }));

    await word('ministry', '03', 1);
    const updateId = await sent(update);
    await word('commune', '01', 2);
    await word('ministry', '01', 3);
    await word('ministry', '15', 4);

    expect(await of(updateId, 'commune')).to.include({ status: '01' });
    expect(await of(updateId, 'ministry')).to.include({ state: 'delivered', status: '15' });
    expect(await of(firstId, 'ministry')).to.include({ status: '15', recall: 'agreed', state: 'delivered' });

    const recallId = acceptedId(
      await district.postJson(`/api/v1/packages/${firstId}/recall`, { reason: 'Gửi nhầm' }),
    );
    await eventually(
      () => of(recallId, 'ministry'),
      (one) => one?.state === 'sent',
    );
    await word('ministry', '15', 5);

    // One answer is about all that bears the identifier, and is the receipt of the request, too.
    for (const id of [firstId, updateId])
      expect(await of(id, 'ministry'), id).to.include({ recall: 'agreed', state: 'withdrawn' });
    expect(await of(recallId, 'ministry')).to.include({ state: 'delivered', status: '15' });
  });

  it('hears that work has ended although nothing was heard before, and a late beginning after it', async () => {
    const message = letter([AGENCY.commune.code]);
    const id = await sent(message);

    await say('commune', statusOn(message, AGENCY.commune, '06', { timestamp: timeOf(2) }));
    await say('commune', statusOn(message, AGENCY.commune, '03', { timestamp: timeOf(1) }));

    expect((await standing(id))[0]).to.include({ status: '06' });
  });

  it(`leave each recipient where its own words put it, ${RUNS} stories from seed ${START}`, async () => {
    for (let seed = START; seed < START + RUNS; seed += 1) {
      const { steps, expected, seen } = await story(new Random(seed));
      expect(seen, `seed ${seed}: ${steps.join('; ')}`).to.deep.equal(expected);
    }
  });

  if (count === 1) return;

  it('sends a document handed in at both at once to its recipient once, in one package', async () => {
    const message = letter([AGENCY.ministry.code]);
    const bytes = await wire(message);
    const sendings = () => world.nationalAxis.ledger.entries().filter(({ kind }) => kind === 'edoc').length;
    const before = sendings();

    const answers = await Promise.all([...doors, ...doors].map((door) => door.postXml(bytes)));

    const ids = new Set(answers.map(acceptedId));
    expect(ids.size).to.equal(1);
    const [id = ''] = ids;
    await eventually(
      () => standing(id),
      (all) => all[0]?.state === 'sent',
    );
    const sends = (await district.events(id)).filter(({ type }) => type === 'sent');
    expect(sends).to.have.length(1);
    expect(sendings()).to.equal(before + 1);
    expect(world.nationalAxis.ledger.duplicates()).to.deep.equal([]);
  });
}

describe('exchange: words about a document in any order', function () {
  this.timeout(Math.max(300_000, RUNS * 20_000));
  suite(1, () => '');
});

describe('exchange: words about a document in any order, at two gateways', function () {
  this.timeout(Math.max(300_000, RUNS * 30_000));
  const databaseUrl = testDatabaseUrl();
  // Inside, so that the gateways are gone before their database is.
  describe('on one PostgreSQL', () => suite(2, databaseUrl));
});

function timeOf(step: number): string {
  return `2026-11-20T09:${String(step).padStart(2, '0')}:00+07:00`;
}
