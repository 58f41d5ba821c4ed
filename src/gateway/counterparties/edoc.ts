/** An eDoc axis (REST, words instead of error numbers) as the provincial counterparty of the exchange. */
import { ConnectorError, type EdocAxisClient, type EdocPending } from '../../connectors/index.ts';
import type { Arrival, Counterparty, Receipt } from '../exchange/index.ts';
import { type OutgoingOptions, outgoingFor } from './outgoing.ts';

/** Wires the eDoc client to the exchange. */
export function edocCounterparty(client: EdocAxisClient, options: () => OutgoingOptions): Counterparty {
  return {
    system: 'provincial',
    async deliver(work): Promise<Receipt> {
      const file = await outgoingFor(work, work.delivery.recipient, options());
      try {
        const { docId } = await client.sendDocument({
          body: file.open,
          sizeBytes: file.sizeBytes,
          sha256: file.sha256,
          messageType: work.package.kind === 'status' ? 'STATUS' : 'EDOC',
        });
        return { remoteId: docId, final: false, data: { axis: 'edoc', sha256: file.sha256 } };
      } catch (cause) {
        // The axis has no list of what was sent, but knows a new document again: an earlier attempt arrived.
        const isThere = cause instanceof ConnectorError && cause.code === 'CONNECTOR_ALREADY_EXISTS';
        if (!isThere || work.delivery.attempts <= 1) throw cause;
        return {
          remoteId: work.package.document_id,
          final: false,
          data: { axis: 'edoc', reconciledFrom: 'ExistDoc' },
        };
      } finally {
        await file.dispose();
      }
    },
    async *arrivals(): AsyncGenerator<Arrival> {
      for (const messageType of ['edoc', 'status'] as const) {
        const type = messageType === 'status' ? 'STATUS' : 'EDOC';
        for (const pending of await client.pendingDocIds(type))
          yield {
            remoteId: remoteIdOf(pending),
            messageType,
            open: () => client.getDocument(pending.docId, type),
          };
      }
    },
    /** There is no refusing here: what can't be passed on is kept for a person, and taken off the axis' list all the same. */
    acknowledge: ({ remoteId, messageType }) =>
      client.confirmReceived(pendingOf(remoteId), messageType === 'status' ? 'STATUS' : 'EDOC'),
  };
}

/** One package waits once for each agency it is for, and is confirmed for each. */
function remoteIdOf({ docId, organId }: EdocPending): string {
  return `${docId}@${organId}`;
}

function pendingOf(remoteId: string): EdocPending {
  const at = remoteId.indexOf('@');
  return { docId: remoteId.slice(0, at), organId: remoteId.slice(at + 1) };
}
