/** The national document axis as a counterparty of the exchange. */
import type { VxpClient, VxpReceivedItem, VxpSentItem } from '../../connectors/index.ts';
import type { Arrival, Counterparty, DeliveryWork, Receipt } from '../exchange/index.ts';
import { firstOfOurs, type OutgoingOptions, outgoingFor, wireSender } from './outgoing.ts';

/** Wires the VXP client to the exchange. */
export function vxpCounterparty(client: VxpClient, options: () => OutgoingOptions): Counterparty {
  const messageTypeOf = (work: DeliveryWork): 'edoc' | 'status' =>
    work.package.kind === 'status' ? 'status' : 'edoc';
  return {
    system: 'vxp',
    async deliver(work): Promise<Receipt> {
      const file = await outgoingFor(work, work.delivery.recipient, options());
      try {
        const { docId } = await client.sendEdoc({
          body: file.open,
          ...(file.bytes === undefined ? {} : { bytes: file.bytes }),
          sizeBytes: file.sizeBytes,
          sha256: file.sha256,
          from: wireSender(work),
          messageType: messageTypeOf(work),
        });
        return { remoteId: docId, final: false, data: { axis: 'vxp', sha256: file.sha256 } };
      } finally {
        await file.dispose();
      }
    },
    /** The axis' sent list is the only word on an unanswered send: sender, recipient and number must agree. */
    async find(work) {
      const items = await client.listSent({ messageType: messageTypeOf(work) });
      const same = items.filter((item) => isSameSend(item, work));
      const found = await firstOfOurs(same, work, ({ senderDocId }) => senderDocId);
      return found === undefined
        ? null
        : {
            remoteId: found.senderDocId,
            final: false,
            data: { axis: 'vxp', reconciledFrom: 'getSentEdocList' },
          };
    },
    async *arrivals(): AsyncGenerator<Arrival> {
      for (const messageType of ['edoc', 'status'] as const) {
        for (const item of await client.listReceived({ messageType })) {
          if (isTaken(item)) continue;
          yield {
            remoteId: item.docId,
            messageType,
            order: `${item.from}>${item.to}`,
            open: () => client.getEdoc(item.docId),
          };
        }
      }
    },
    acknowledge: (arrival, outcome) => client.updateStatus(arrival.remoteId, outcome),
  };
}

function isTaken(item: VxpReceivedItem): boolean {
  return item.status === 'done' || item.status === 'fail';
}

/** How far the axis' clock may be behind ours. */
const CLOCK_SLACK_MS = 5 * 60_000;

/**
 * The real axis lists neither DocumentId nor digest, only the number of the document, which an update or a recall shares
 * with the document itself: there the line must also be no older than our first attempt. In doubt the package goes again,
 * for a repeat can be recognised and a loss cannot.
 */
function isSameSend(item: VxpSentItem, work: DeliveryWork): boolean {
  const { package: pkg, delivery } = work;
  if (item.fromCode !== wireSender(work) || item.toCode !== delivery.recipient) return false;
  if (item.documentId !== '') {
    return (
      item.documentId === pkg.document_id && (pkg.kind !== 'status' || item.sha256 === pkg.payload_sha256)
    );
  }
  const sentAt = parseAxisTime(item.sentTime);
  const isRecent = sentAt !== null && sentAt >= (delivery.first_tried_at ?? 0) - CLOCK_SLACK_MS;
  return isRecent && pkg.kind !== 'status' && item.notation === pkg.code;
}

/** `yyyy/MM/dd HH:mm:ss` at UTC+7, as the axis lists times; null when it is not. */
function parseAxisTime(text: string): number | null {
  const match = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d)$/.exec(text);
  const at =
    match === null ? Number.NaN : Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}+07:00`);
  return Number.isNaN(at) ? null : at;
}
