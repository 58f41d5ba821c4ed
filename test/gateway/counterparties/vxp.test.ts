import { expect } from 'chai';
import type { VxpClient, VxpSentItem } from '../../../src/connectors/index.ts';
import { vxpCounterparty } from '../../../src/gateway/counterparties/vxp.ts';
import type { DeliveryWork } from '../../../src/gateway/exchange/index.ts';
import { AGENCY, letter } from '../support/messages.ts';
import { deliveryRow, packageRow } from '../support/rows.ts';

const FIRST_TRIED = Date.parse('2026-11-20T10:00:00+07:00');

function work(): DeliveryWork {
  const message = letter([AGENCY.ministry.code]);
  const code = `${message.code.codeNumber}/${message.code.codeNotation}`;
  const pkg = packageRow({
    sender: AGENCY.district.code,
    document_id: message.documentId,
    code,
    metadata: JSON.stringify(message),
  });
  const delivery = deliveryRow(pkg, {
    recipient: AGENCY.ministry.code,
    first_tried_at: FIRST_TRIED,
    attempts: 2,
  });
  return { package: pkg, delivery, signal: new AbortController().signal };
}

/** A line of the sent list as the real axis writes it: no DocumentId, no digest. */
function line(of: DeliveryWork, more: Partial<VxpSentItem> = {}): VxpSentItem {
  return {
    senderDocId: 'truc-1',
    receiverDocId: 'x',
    fromCode: AGENCY.district.code,
    toCode: AGENCY.ministry.code,
    title: '',
    notation: of.package.code,
    sentTime: '2026/11/20 10:00:01',
    receivedTime: '',
    sendStatus: 'done',
    receiveStatus: 'initial',
    messageType: 'edoc',
    documentId: '',
    sha256: '',
    ...more,
  };
}

/** An axis that answers the sent list and nothing else. */
async function find(of: DeliveryWork, items: VxpSentItem[]): Promise<string | null> {
  const client = { listSent: async () => items } as unknown as VxpClient;
  const counterparty = vxpCounterparty(client, () => expect.fail('nothing is built to ask'));
  return (await counterparty.find?.(of))?.remoteId ?? null;
}

describe('counterparty: did the national axis take it', () => {
  it('yes, when it lists a send of the same number since the first attempt', async () => {
    const one = work();

    expect(await find(one, [line(one)])).to.equal('truc-1');
    expect(await find(one, [line(one, { sentTime: '2026/11/20 09:56:00' })]), 'clock behind').to.equal(
      'truc-1',
    );
  });

  it('no, when the line is older (the document itself, before this update of it), or says no time', async () => {
    const one = work();

    for (const sentTime of [
      '2026/11/20 09:00:00',
      '2025/11/20 10:00:01',
      '',
      'hôm nay',
      '2026-11-20T10:00:01',
    ]) {
      expect(await find(one, [line(one, { sentTime })]), sentTime).to.equal(null);
    }
  });

  it('no, when sender, recipient or number differ', async () => {
    const one = work();
    const others: Partial<VxpSentItem>[] = [
      { fromCode: AGENCY.commune.code },
      { toCode: AGENCY.department.code },
      { notation: '999/KHAC' },
    ];

    for (const more of others) expect(await find(one, [line(one, more)])).to.equal(null);
  });

  it('no, when the line is another sending of ours: a recall bears the DocumentId of its document', async () => {
    const one = work();
    const documentId = one.package.document_id;
    const asked: string[] = [];
    const recall: DeliveryWork = {
      ...one,
      isOfAnother: async (id) => asked.push(id) > 0 && id === 'truc-1',
    };

    expect(await find(recall, [line(one, { documentId })])).to.equal(null);
    expect(
      await find(recall, [line(one, { documentId }), line(one, { documentId, senderDocId: 'truc-2' })]),
    ).to.equal('truc-2');
    expect(asked).to.deep.equal(['truc-1', 'truc-1', 'truc-2']);
  });

  it('goes by the DocumentId where the axis tells it, whenever it was sent', async () => {
    const one = work();
    const sentTime = '2025/01/01 00:00:00';

    expect(await find(one, [line(one, { sentTime, documentId: one.package.document_id })])).to.equal(
      'truc-1',
    );
    expect(await find(one, [line(one, { documentId: 'khác' })])).to.equal(null);
  });
});
