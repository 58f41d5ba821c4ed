/** The national document axis as a counterparty of the exchange. */
import type { VxpClient, VxpReceivedItem } from '../../connectors/index.ts';
import type { Arrival, Counterparty, DeliveryWork, Receipt } from '../exchange/index.ts';
import { type OutgoingOptions, outgoingFor, wireSender } from './outgoing.ts';

/** Wires the VXP client to the exchange. */
export function vxpCounterparty(client: VxpClient, options: () => OutgoingOptions): Counterparty {
  const messageTypeOf = (work: DeliveryWork): 'edoc' | 'status' =>
    work.package.kind === 'status' ? 'status' : 'edoc';
  return {
    system: 'vxp',
    async deliver(work): Promise<Receipt> {
      const file = await outgoingFor(work.package, work.delivery.recipient, options());
      try {
        const { docId } = await client.sendEdoc({
          body: file.open,
          sizeBytes: file.sizeBytes,
          sha256: file.sha256,
          from: wireSender(work.package),
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
      const found = items.find(
        (item) =>
          item.fromCode === wireSender(work.package) &&
          item.toCode === work.delivery.recipient &&
          (item.documentId === ''
            ? item.notation === work.package.code
            : item.documentId === work.package.document_id) &&
          (work.package.kind !== 'status' || item.sha256 === work.package.payload_sha256),
      );
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
          yield { remoteId: item.docId, messageType, open: () => client.getEdoc(item.docId) };
        }
      }
    },
    acknowledge: (arrival, outcome) => client.updateStatus(arrival.remoteId, outcome),
  };
}

function isTaken(item: VxpReceivedItem): boolean {
  return item.status === 'done' || item.status === 'fail';
}
