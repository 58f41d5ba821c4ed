/** Certifying clients: one that does everything right, and ones that do one thing wrong each. */
import { createHash, createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import {
  createVxpClient,
  formatVxpTimestamp,
  type VxpClient,
  type VxpReceivedItem,
} from '../../../src/connectors/index.ts';
import { type Line, type Session, startSession } from '../../../src/gateway/certify/index.ts';
import { type EdxmlDocument, type EdxmlMessage, parseEdxml } from '../../../src/packages/index.ts';
import { letter, sha256, statusOn, wire } from '../support/messages.ts';

const SYSTEM = 'qlvb.thu';
const SECRET = 'a2hvYS1kZS10aHUtbmdoaWVt';
const CLIENT = { code: '000.00.13.H99', name: 'Sở Thử' };
const PARTNER = { code: '000.00.00.G98', name: 'Bộ Thử' };
const from = { organId: CLIENT.code, organName: CLIENT.name };

describe('certifying a document system', () => {
  let session: Session;
  let client: VxpClient;
  beforeEach(async () => {
    session = await startSession({
      port: 0,
      systemId: SYSTEM,
      secret: SECRET,
      client: CLIENT,
      partner: PARTNER,
    });
    client = createVxpClient({ baseUrl: session.baseUrl, systemId: SYSTEM, secret: SECRET });
  });
  afterEach(() => session.close());

  function line(id: string): Line {
    const found = session.report().checks.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no rule ${id}`);
    return found;
  }

  const lastFault = (id: string) => line(id).faults.at(-1)?.en ?? '';

  async function send(message: EdxmlMessage, as: VxpClient = client, digest?: string): Promise<unknown> {
    const files = message.kind === 'document' ? [{ name: 'a.txt', bytes: Buffer.from('thử') }] : [];
    const bytes = await wire(message as EdxmlDocument, files);
    return as.sendEdoc({
      body: () => Readable.from([bytes]),
      sizeBytes: bytes.length,
      sha256: digest ?? sha256(bytes),
      from: CLIENT.code,
      messageType: message.kind === 'status' ? 'status' : 'edoc',
    });
  }

  async function fetchDocument(item: VxpReceivedItem): Promise<EdxmlDocument> {
    const { message } = await parseEdxml(await client.getEdoc(item.docId));
    return message as EdxmlDocument;
  }

  const answer = (document: EdxmlDocument, code: string) => send(statusOn(document, CLIENT, code));

  /** Fetches, acknowledges and answers everything that waits. @returns how many there were. */
  async function round(): Promise<number> {
    const documents = await client.listReceived({ messageType: 'edoc' });
    for (const item of documents) {
      const document = await fetchDocument(item);
      await client.updateStatus(item.docId, 'done');
      const codes = document.business.businessDocType === 1 ? ['15'] : ['01', '03'];
      for (const code of codes) await answer(document, code);
    }
    const statuses = await client.listReceived({ messageType: 'status' });
    for (const item of statuses) {
      await client.getEdoc(item.docId).then((content) => content.resume());
      await client.updateStatus(item.docId, 'done');
    }
    return documents.length + statuses.length;
  }

  it('passes one that fetches, acknowledges, answers, gives back and sends, and ends by itself', async () => {
    await send(letter([PARTNER.code], { from }));
    for (let rounds = 0; rounds < 200 && !session.report().passed; rounds += 1) await round();
    await session.passed;

    const report = session.report();
    expect(report.checks.filter(({ state }) => state === 'failed')).to.deep.equal([]);
    expect(report.passed).to.equal(true);
    expect(line('sent.list').state).to.equal('not-seen');
    expect(report.calls).to.be.greaterThan(12);
  });

  /** One call made by hand. */
  async function call(
    change: (made: { signed: string; code: string; headers: Record<string, string> }) => void,
    timestamp = formatVxpTimestamp(new Date()),
  ): Promise<void> {
    const values = { systemid: SYSTEM, servicetype: 'eDoc', messagetype: 'edoc', timestamp };
    const named = Object.entries(values).map(([name, value]) => [`XroadVnpt-${name}`, value]);
    const signed = JSON.stringify(Object.fromEntries(named));
    const code = createHmac('sha256', SECRET).update(signed).digest('hex');
    const made = { signed, code, headers: Object.fromEntries(named) as Record<string, string> };
    change(made);
    const headers = {
      ...made.headers,
      'XroadVnpt-sign-header-key': Object.keys(values).join(';'),
      'XroadVnpt-sign-header': made.signed,
      'XroadVnpt-hash-header': made.code,
    };
    await fetch(`${session.baseUrl}/getReceivedEdocList`, { method: 'POST', headers }).then((res) =>
      res.text(),
    );
  }

  it('says what is wrong with an authentication code', async () => {
    const said: string[] = [];
    for (const change of [
      (made: { signed: string; code: string }) => {
        made.code = createHmac('sha256', Buffer.from(SECRET, 'base64')).update(made.signed).digest('hex');
      },
      (made: { signed: string; code: string }) => {
        made.code = Buffer.from(made.code, 'hex').toString('base64');
      },
      (made: { signed: string; code: string }) => {
        made.code = createHash('sha256').update(made.signed).digest('hex');
      },
      (made: { signed: string; code: string }) => {
        made.signed = JSON.stringify(JSON.parse(made.signed), null, 1).replaceAll('\n', '');
      },
      (made: { signed: string; code: string }) => {
        made.code = '0'.repeat(64);
      },
    ]) {
      await call(change);
      said.push(lastFault('auth.signature'));
    }

    expect(said[0]).to.include('not decoded from base64');
    expect(said[1]).to.include('should be hex');
    expect(said[2]).to.include('not an HMAC');
    expect(said[3]).to.include('white space');
    expect(said[4]).to.include('does not match');
    expect(line('auth.signature').state).to.equal('failed');
    await call(() => undefined);
    expect(line('auth.signature').state, 'mended while watched').to.equal('passed');
  });

  it('says what is wrong with headers and clocks', async () => {
    await call(({ headers }) => {
      delete headers['XroadVnpt-systemid'];
    });
    expect(lastFault('auth.headers')).to.include('XroadVnpt-systemid');
    await call(({ headers }) => {
      headers['XroadVnpt-messagetype'] = 'status';
    });
    expect(lastFault('auth.headers')).to.include('xroadvnpt-messagetype');
    await call(() => undefined, '2026-11-28T10:00:00Z');
    expect(lastFault('auth.time')).to.include('milliseconds behind the +');
    await call(() => undefined, formatVxpTimestamp(new Date(Date.now() - 3_600_000)));
    expect(lastFault('auth.time')).to.include('-60 minutes');
  });

  it('tells acknowledgements from business statuses, and wants the package first', async () => {
    const [first, second] = await client.listReceived({ messageType: 'edoc' });
    await client.updateStatus(first?.docId ?? '', 'done');
    expect(lastFault('receive.done')).to.include('before the package was fetched');
    await client.updateStatus(second?.docId ?? '', '03' as 'done').catch(() => undefined);
    expect(lastFault('receive.done')).to.include('business status 03');
    await client.updateStatus('khong-co', 'done').catch(() => undefined);
    expect(lastFault('receive.done')).to.include('"khong-co"');
  });

  it('checks what an answer is about, whom it goes to, and its order', async () => {
    const [item] = await client.listReceived({ messageType: 'edoc' });
    const document = await fetchDocument(item as VxpReceivedItem);

    await answer({ ...document, documentId: 'khac' }, '03');
    expect(lastFault('answer.right')).to.include('"khac" is none of the documents');
    await send({
      ...statusOn(document, CLIENT, '03'),
      responseFor: { organId: CLIENT.code, documentId: document.documentId },
    }).catch(() => undefined);
    expect(lastFault('answer.right')).to.match(/should be the sender|refused/i);
    for (const code of ['03', '06', '04']) await answer(document, code);
    expect(lastFault('answer.right')).to.include('04 may not follow 06');
    await answer(document, '99').catch(() => undefined);
    expect(
      line('answer.right')
        .faults.map(({ en }) => en)
        .join('\n'),
    ).to.include('R.MessageHeader.StatusCode');
  });

  it('names every fault of a package with its place, and a digest of other bytes', async () => {
    const faulty = letter([PARTNER.code], { from, subject: '' });
    await send(faulty).catch(() => undefined);
    expect(lastFault('send.valid')).to.match(/N\.MessageHeader\.Subject \(\d+:\d+\)/);

    await send(letter([PARTNER.code], { from }), client, sha256(Buffer.from('khác'))).catch(() => undefined);
    expect(line('send.hash').state).to.equal('failed');
    expect(lastFault('send.hash')).to.include('is not the SHA-256');
    await send(letter(['000.00.77.H99'], { from })).catch(() => undefined);
    expect(lastFault('send.accepted')).to.include('code 18');
    await send(letter([PARTNER.code], { from }));
    for (const id of ['send.hash', 'send.valid', 'send.accepted'])
      expect(line(id).state, id).to.equal('passed');
  });
});
