/** A provincial document axis (LGSP REST) as a counterparty of the exchange. */
import { ConnectorError, type ProvincialAxisClient } from '../../connectors/index.ts';
import type { Arrival, Counterparty, Receipt } from '../exchange/index.ts';
import { firstOfOurs, type OutgoingOptions, outgoingFor, wireSender } from './outgoing.ts';

/** Days looked back for arrivals: longer than any outage we promise to catch up from. */
const LOOK_BACK_DAYS = 30;
const DAY_MS = 86_400_000;

/** Wires the provincial client to the exchange. */
export function provincialCounterparty(
  client: ProvincialAxisClient,
  options: () => OutgoingOptions,
): Counterparty {
  return {
    system: 'provincial',
    async deliver(work): Promise<Receipt> {
      const file = await outgoingFor(work, work.delivery.recipient, options());
      try {
        const { docId } = await client.sendEdoc({
          body: file.open,
          sizeBytes: file.sizeBytes,
          messageType: work.package.kind === 'status' ? 'status' : 'edoc',
        });
        return { remoteId: docId, final: false, data: { axis: 'provincial', sha256: file.sha256 } };
      } finally {
        await file.dispose();
      }
    },
    async find(work) {
      try {
        const items = await client.listSent({
          documentId: work.package.document_id,
          messageType: work.package.kind === 'status' ? 'status' : 'edoc',
        });
        const same = items.filter(
          (item) =>
            item.from === wireSender(work) &&
            item.to === work.delivery.recipient &&
            (work.package.kind !== 'status' || item.sha256 === work.package.payload_sha256),
        );
        const found = await firstOfOurs(same, work, ({ docId }) => docId);
        return found === undefined
          ? null
          : {
              remoteId: found.docId,
              final: false,
              data: { axis: 'provincial', reconciledFrom: 'sent list' },
            };
      } catch (cause) {
        // An axis without the list can't be asked: the package goes again under the same DocumentId.
        if (cause instanceof ConnectorError && cause.code === 'CONNECTOR_NOT_FOUND') return null;
        throw cause;
      }
    },
    async *arrivals(): AsyncGenerator<Arrival> {
      const { now } = options();
      for (const messageType of ['edoc', 'status'] as const) {
        const items = await client.listReceived({
          messageType,
          fromDate: new Date(now - LOOK_BACK_DAYS * DAY_MS),
          toDate: new Date(now + DAY_MS),
        });
        for (const item of items) {
          if (item.status === 'done' || item.status === 'fail') continue;
          yield {
            remoteId: item.docId,
            messageType,
            order: `${item.from}>${item.to}`,
            open: () => client.getEdoc(item.docId),
          };
        }
      }
    },
    acknowledge: (arrival, outcome) =>
      client.updateStatus(arrival.remoteId, outcome === 'done' ? 'done' : '02'),
  };
}
