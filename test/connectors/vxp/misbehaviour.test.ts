import { expect } from 'chai';
import {
  type BehaviourRequest,
  createVxpClient,
  type NationalAxis,
  startNationalAxis,
  type VxpClient,
  type VxpClientOptions,
} from '../../../src/connectors/index.ts';
import { failsWith } from '../support/fails.ts';
import { type BuiltPackage, buildPackage, MINISTRY, PROVINCE, sampleDocument } from '../support/messages.ts';

describe('VXP client when the axis misbehaves', () => {
  let axis: NationalAxis;
  let sent: BuiltPackage;

  function client(systemId = 'bo', more: Partial<VxpClientOptions> = {}): VxpClient {
    return createVxpClient({ baseUrl: axis.baseUrl, systemId, secret: `khoa-${systemId}`, ...more });
  }

  function send(from = client()): Promise<{ docId: string }> {
    return from.sendEdoc({ ...sent, from: MINISTRY.organId, messageType: 'edoc' });
  }

  /** Through the door an operator uses. */
  async function tell(request: BehaviourRequest): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${axis.url}/__sim/behaviour`, {
      method: 'POST',
      headers,
      body: JSON.stringify(request),
    });
    expect(answer.status).to.equal(200);
  }

  beforeEach(async () => {
    axis = await startNationalAxis({
      systems: [
        {
          systemId: 'bo',
          secret: 'khoa-bo',
          agencies: [{ code: MINISTRY.organId, name: MINISTRY.organName }],
        },
        {
          systemId: 'tinh',
          secret: 'khoa-tinh',
          agencies: [{ code: PROVINCE.organId, name: PROVINCE.organName }],
        },
      ],
    });
    sent = await buildPackage(sampleDocument());
  });

  afterEach(() => axis.close());

  it('reports a fault page as a fault worth another try, and then succeeds', async () => {
    await tell({ mode: 'error500', count: 1 });

    const error = await failsWith('CONNECTOR_REMOTE_FAULT', send());
    await send();

    expect(error).to.include({ retryable: true, effect: 'unknown' });
    expect(error.details.status).to.equal(500);
    expect(axis.ledger.entries()).to.have.length(1);
  });

  it('settles a dropped answer by the sent list instead of sending again', async () => {
    await tell({ mode: 'drop-answer', count: 1 });

    const error = await failsWith('CONNECTOR_UNREACHABLE', send());
    const rows = await client().listSent({ messageType: 'edoc' });

    expect(error.effect).to.equal('unknown');
    expect(rows.map((row) => [row.documentId, row.sha256])).to.deep.equal([
      [sampleDocument().documentId, sent.sha256],
    ]);
    expect(axis.ledger.entries()).to.have.length(1);
  });

  it('times out on a silent axis, which has done nothing', async () => {
    await tell({ mode: 'silent', count: 1 });

    const error = await failsWith('CONNECTOR_TIMEOUT', send(client('bo', { timeoutMs: 1_000 })));
    const rows = await client().listSent({ messageType: 'edoc' });

    expect(error).to.include({ retryable: true, effect: 'unknown' });
    expect(rows).to.have.length(0);
  });

  it('waits for a slow axis', async () => {
    await tell({ mode: 'slow', delayMs: 20, count: 1 });

    expect(await send()).to.have.property('docId');
  });

  it('keeps a document for later when the credentials are refused', async () => {
    await tell({ mode: 'wrong-session', count: 1 });

    const error = await failsWith('CONNECTOR_AUTH_FAILED', send());

    expect(error).to.include({ retryable: true, effect: 'none' });
  });

  it('is handed the same document twice by an axis that doubles', async () => {
    await tell({ mode: 'duplicate', count: 1 });

    await send();

    const waiting = await client('tinh').listReceived({ messageType: 'edoc' });
    expect(waiting).to.have.length(2);
    expect(new Set(waiting.map((item) => item.docId)).size).to.equal(2);
    expect(axis.ledger.entries()).to.have.length(1);
  });

  it('misbehaves only where it is told to', async () => {
    await tell({ mode: 'error500', path: '/sendEdoc' });

    await client().agencies();
    await failsWith('CONNECTOR_REMOTE_FAULT', send());
    await tell({ mode: 'ok' });

    expect(await send()).to.have.property('docId');
  });

  it('does not know a mode nobody made', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ mode: 'explode' });

    const answer = await fetch(`${axis.url}/__sim/behaviour`, { method: 'POST', headers, body });

    expect(answer.status).to.equal(400);
  });

  it('shows its ledger to anyone who asks', async () => {
    const { docId } = await send();

    const shown = (await (await fetch(`${axis.url}/__sim/ledger`)).json()) as {
      entries: unknown[];
      duplicates: number;
    };

    expect(shown.duplicates).to.equal(0);
    expect(shown.entries[0]).to.include({
      kind: 'edoc',
      id: docId,
      sha256: sent.sha256,
      from: MINISTRY.organId,
    });
  });
});
