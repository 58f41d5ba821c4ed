/** Looking at what an axis holds for us: one arrival that fails, in whatever way, holds up no other. */
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { ConnectorError } from '../../../src/connectors/index.ts';
import type { Arrival, Counterparty, Exchange } from '../../../src/gateway/exchange/index.ts';
import { pollArrivals } from '../../../src/gateway/exchange/loops/poll.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';

const FROM_MINISTRY = {
  from: { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name },
  traceHeaders: [{ organId: AGENCY.ministry.code, timestamp: '2026-11-20T08:00:00+07:00' }],
};

describe('exchange: looking for arrivals', () => {
  let bare: BareGateway;
  let x: Exchange;
  before(async () => {
    bare = await startBareGateway();
    ({ x } = bare.gateway.deps);
  });
  after(() => bare.close());

  const look = (axis: Counterparty) => pollArrivals(x, axis, new AbortController().signal);
  const lookQuietly = (axis: Counterparty) => look(axis).catch(() => 0);

  /** An axis that lists what is not acknowledged yet, in order; an arrival's content may be a failure. */
  function axisWith(list: Map<string, Buffer | (() => Error)>) {
    const acknowledged: string[] = [];
    const opened: string[] = [];
    const state = { loseAcknowledgements: false };
    const axis: Counterparty = {
      system: 'vxp',
      deliver: () => Promise.reject(new Error('not asked for')),
      async *arrivals(): AsyncGenerator<Arrival> {
        for (const [remoteId, content] of [...list]) {
          yield {
            remoteId,
            messageType: 'edoc',
            async open() {
              opened.push(remoteId);
              if (Buffer.isBuffer(content)) return Readable.from([content]);
              throw content();
            },
          };
        }
      },
      async acknowledge({ remoteId }, outcome) {
        if (state.loseAcknowledgements)
          throw new ConnectorError('CONNECTOR_TIMEOUT', { system: 'vxp', operation: 'updateStatus' });
        acknowledged.push(`${remoteId}:${outcome}`);
        list.delete(remoteId);
      },
    };
    return { axis, acknowledged, opened, state };
  }

  const unfetchable = () =>
    new ConnectorError('CONNECTOR_BAD_ANSWER', { system: 'vxp', operation: 'getEdoc' });
  const toCommune = () => wire(letter([AGENCY.commune.code], FROM_MINISTRY));

  it('reaches what lies behind a whole row that can’t be fetched, and tries those again later', async () => {
    const bad = Array.from({ length: 20 }, (_, at) => [`hong-${at}`, unfetchable] as const);
    const list = new Map<string, Buffer | (() => Error)>([...bad, ['tot', await toCommune()]]);
    const { axis, acknowledged, opened } = axisWith(list);

    const first = await look(axis).catch((cause: unknown) => cause);
    let looks = 1;
    for (; acknowledged.length === 0 && looks < 9; looks += 1) await lookQuietly(axis);
    list.set('hong-0', await toCommune());
    for (let more = 0; more < 4; more += 1) await lookQuietly(axis);

    expect(first).to.be.instanceOf(ConnectorError);
    // A look ends at five failures, and those sit the next ones out: four looks for twenty of them.
    expect(looks).to.be.at.most(5);
    expect(acknowledged).to.deep.equal(['tot:done', 'hong-0:done']);
    // Each failure makes the next try later: not one try a look.
    expect(opened.filter((id) => id === 'hong-1').length).to.be.within(2, looks + 2);
  });

  it('fetches several at the same time and keeps them in the order of the list', async () => {
    const letters = Array.from({ length: 6 }, () => letter([AGENCY.commune.code], FROM_MINISTRY));
    const names = letters.map((_, at) => `song-song-${at}`);
    const list = new Map<string, Buffer | (() => Error)>();
    for (const [at, one] of letters.entries()) list.set(names[at] ?? '', await wire(one));
    const { axis, acknowledged, opened } = axisWith(list);
    let tellOpened = (): void => undefined;
    const othersOpened = new Promise<void>((resolve) => {
      tellOpened = resolve;
    });
    const slow: Counterparty = {
      ...axis,
      async *arrivals() {
        for await (const arrival of axis.arrivals?.() ?? [])
          yield {
            ...arrival,
            order: 'G98>H99',
            async open() {
              const content = await arrival.open();
              if (opened.length === names.length) tellOpened();
              // The first one comes last: nothing behind it may be kept before it.
              if (arrival.remoteId === names[0]) await othersOpened;
              return content;
            },
          };
      },
    };

    const taken = await look(slow);

    expect(taken).to.equal(names.length);
    expect([...acknowledged].sort()).to.deep.equal(names.map((name) => `${name}:done`));
    const kept = await x.store.read
      .selectFrom('packages')
      .select('document_id')
      .where(
        'document_id',
        'in',
        letters.map(({ documentId }) => documentId),
      )
      .orderBy('id')
      .execute();
    expect(kept.map((row) => row.document_id)).to.deep.equal(letters.map(({ documentId }) => documentId));
  });

  it('goes on after a failure nobody named', async () => {
    const { axis, acknowledged } = axisWith(
      new Map<string, Buffer | (() => Error)>([
        ['la', () => new TypeError('a fault of ours')],
        ['tot-2', await toCommune()],
      ]),
    );

    expect(await look(axis)).to.equal(1);
    expect(acknowledged).to.deep.equal(['tot-2:done']);
  });

  it('acknowledges a package it could not pass on as failed, and says the same again when that got lost', async () => {
    const { axis, acknowledged, state } = axisWith(
      new Map([
        ['rac', Buffer.from('<edXML>')],
        ['tot-3', await toCommune()],
      ]),
    );
    state.loseAcknowledgements = true;

    await lookQuietly(axis);
    state.loseAcknowledgements = false;
    for (let more = 0; more < 2; more += 1) await lookQuietly(axis);

    expect([...acknowledged].sort()).to.deep.equal(['rac:fail', 'tot-3:done']);
  });
});
