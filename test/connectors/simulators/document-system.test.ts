import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  createProvincialAxisClient,
  createVxpClient,
  type DocumentSystem,
  type DocumentSystemOptions,
  type Simulator,
  startDocumentSystem,
  startNationalAxis,
  startProvincialAxis,
} from '../../../src/connectors/index.ts';
import { parseEdxml } from '../../../src/packages/index.ts';
import { buildPackage, MINISTRY, PROVINCE, sampleDocument } from '../support/messages.ts';

const SYSTEMS = [
  { systemId: 'bo', secret: 'khoa-bo', agencies: [{ code: MINISTRY.organId, name: MINISTRY.organName }] },
  { systemId: 'tinh', secret: 'khoa-tinh', agencies: [{ code: PROVINCE.organId, name: PROVINCE.organName }] },
];
const TODAY = () => ({ fromDate: new Date(Date.now() - 86_400_000), toDate: new Date() });

/** The sender's side of either axis. */
interface Sender {
  send(message: ReturnType<typeof sampleDocument>, files?: Record<string, Uint8Array>): Promise<unknown>;
  statuses(): Promise<string[]>;
}

for (const kind of ['vxp', 'provincial'] as const) {
  describe(`a document system on the ${kind} axis`, () => {
    let axis: Simulator;
    let baseUrl: string;
    let system: DocumentSystem;
    let sender: Sender;

    async function connect(more: Partial<DocumentSystemOptions> = {}): Promise<void> {
      system = await startDocumentSystem({
        axis: { kind, baseUrl, systemId: 'tinh', secret: 'khoa-tinh' },
        agencyCode: PROVINCE.organId,
        agencyName: PROVINCE.organName,
        pollMs: 0,
        ...more,
      });
    }

    beforeEach(async () => {
      if (kind === 'vxp') {
        const national = await startNationalAxis({ systems: SYSTEMS });
        [axis, baseUrl] = [national, national.baseUrl];
        sender = vxpSender(baseUrl);
      } else {
        axis = await startProvincialAxis({ systems: SYSTEMS });
        baseUrl = axis.url;
        sender = provincialSender(baseUrl);
      }
    });

    afterEach(async () => {
      await system.close();
      await axis.close();
    });

    it('takes a document in, judges its files, and answers 01 then 03', async () => {
      const judged: string[] = [];
      await connect({
        verify: async (bytes, name) => {
          judged.push(`${name} ${Buffer.from(bytes)}`);
          return { verdict: 'TOTAL-PASSED' };
        },
      });
      await sender.send(sampleDocument(), { 'van-ban.pdf': Buffer.from('%PDF nội dung') });

      const outcome = await system.poll();

      expect(outcome).to.deep.equal({ handled: 1, problems: [] });
      expect(judged).to.deep.equal(['van-ban.pdf %PDF nội dung']);
      expect(await sender.statuses()).to.deep.equal(['01', '03']);
      expect(system.inbox()[0]).to.deep.include({
        documentId: sampleDocument().documentId,
        statuses: ['01', '03'],
      });
      expect(system.ledger.entries().map((entry) => entry.kind)).to.deep.equal([
        'received',
        'status-sent',
        'status-sent',
      ]);
    });

    it('does nothing more once it is done', async () => {
      await connect();
      await sender.send(sampleDocument());

      await system.poll();
      const second = await system.poll();

      expect(second).to.deep.equal({ handled: 0, problems: [] });
      expect(await sender.statuses()).to.have.length(2);
    });

    it('refuses a document whose signature fails', async () => {
      await connect({ verify: async () => ({ verdict: 'TOTAL-FAILED' }) });
      await sender.send(sampleDocument(), { 'hong.pdf': Buffer.from('x') });

      await system.poll();

      expect(await sender.statuses()).to.deep.equal(['01', '02']);
    });

    it('agrees to the revocation of a document', async () => {
      await connect();
      await sender.send(
        sampleDocument({ business: { businessDocType: 1, documentId: sampleDocument().documentId } }),
      );

      await system.poll();

      expect(await sender.statuses()).to.deep.equal(['01', '15']);
    });

    it('answers a document once although the axis delivers it twice', async () => {
      await connect();
      axis.behaviour.set({ mode: 'duplicate', count: 1 });
      await sender.send(sampleDocument());

      await system.poll();

      expect(await sender.statuses()).to.deep.equal(['01', '03']);
      expect(system.inbox()).to.have.length(1);
      expect(system.ledger.duplicates().map((entry) => entry.kind)).to.deep.equal(['received']);
    });

    it('takes up where it failed, without saying a status twice', async () => {
      await connect();
      await sender.send(sampleDocument());
      axis.behaviour.set({ mode: 'error500', path: '/updateStatus', count: 1 });

      const first = await system.poll();
      const second = await system.poll();

      expect(first.handled).to.equal(0);
      expect(first.problems[0]).to.contain('CONNECTOR_REMOTE_FAULT');
      expect(second).to.deep.equal({ handled: 1, problems: [] });
      expect(await sender.statuses()).to.deep.equal(['01', '03']);
    });

    it('outlives an axis that is away', async () => {
      await connect();
      axis.behaviour.set({ mode: 'error500', count: 1 });

      const outcome = await system.poll();

      expect(outcome.problems).to.have.length(1);
      expect(await system.poll()).to.deep.equal({ handled: 0, problems: [] });
    });
  });
}

describe('a document system', () => {
  it('knows after a restart what it had taken in', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'qlvb-'));
    const axis = await startNationalAxis({ systems: SYSTEMS });
    const options: DocumentSystemOptions = {
      axis: { kind: 'vxp', baseUrl: axis.baseUrl, systemId: 'tinh', secret: 'khoa-tinh' },
      agencyCode: PROVINCE.organId,
      agencyName: PROVINCE.organName,
      pollMs: 0,
      dataFile: join(dir, 'ledger.jsonl'),
    };
    const sender = vxpSender(axis.baseUrl);
    try {
      await sender.send(sampleDocument());
      const before = await startDocumentSystem(options);
      before.behaviour.set({ mode: 'drop-answer', count: 1 });
      await before.poll();
      await before.close();

      const after = await startDocumentSystem(options);
      const outcome = await after.poll();
      await after.close();

      expect(outcome).to.deep.equal({ handled: 1, problems: [] });
      expect(await sender.statuses()).to.deep.equal(['01', '03']);
      expect(after.ledger.duplicates()).to.have.length(0);
    } finally {
      await axis.close();
      await rm(dir, { recursive: true });
    }
  });

  it('polls by itself when it is given a rhythm', async () => {
    const axis = await startNationalAxis({ systems: SYSTEMS });
    const sender = vxpSender(axis.baseUrl);
    await sender.send(sampleDocument());

    const received = deferred();
    const system = await startDocumentSystem({
      axis: { kind: 'vxp', baseUrl: axis.baseUrl, systemId: 'tinh', secret: 'khoa-tinh' },
      agencyCode: PROVINCE.organId,
      agencyName: PROVINCE.organName,
      pollMs: 1,
      verify: async () => {
        received.resolve();
        return { verdict: 'NO-SIGNATURE' };
      },
    });
    await sender.send(sampleDocument({ documentId: 'hai' }), { 'a.pdf': Buffer.from('a') });

    await received.promise;

    await system.close();
    await axis.close();
  });
});

function deferred() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function vxpSender(baseUrl: string): Sender {
  const client = createVxpClient({ baseUrl, systemId: 'bo', secret: 'khoa-bo' });
  return {
    async send(message, files) {
      return client.sendEdoc({
        ...(await buildPackage(message, files)),
        from: message.from.organId,
        messageType: 'edoc',
      });
    },
    async statuses() {
      const items = await client.listReceived({ messageType: 'status' });
      return Promise.all(items.map(async ({ docId }) => statusCode(await client.getEdoc(docId))));
    },
  };
}

function provincialSender(baseUrl: string): Sender {
  const client = createProvincialAxisClient({ baseUrl, systemId: 'bo', secret: 'khoa-bo' });
  return {
    async send(message, files) {
      return client.sendEdoc({ ...(await buildPackage(message, files)), messageType: 'edoc' });
    },
    async statuses() {
      const items = await client.listReceived({ messageType: 'status', ...TODAY() });
      return Promise.all(items.map(async ({ docId }) => statusCode(await client.getEdoc(docId))));
    },
  };
}

async function statusCode(source: AsyncIterable<Uint8Array>): Promise<string> {
  const { message } = await parseEdxml(source);
  return message.kind === 'status' ? message.statusCode : message.kind;
}
