/**
 * A system that takes its mail from the broker itself (contracts.md AMQP): a delivery to it is a message in its own queue,
 * `to.<system>.<urgency>`, and the broker's confirm is the receipt for transport. It hands in at the exchange (`exchange/loops/hand-in.ts`).
 */
import { ConnectorError, type ConnectorErrorCode } from '../../connectors/index.ts';
import { type BusErrorCode, isBusError, type MessageBus } from '../bus/index.ts';
import {
  type ClaimBuilder,
  type Counterparty,
  type DeliveryWork,
  deliveryMessage,
  INLINE_LIMIT_BYTES,
  type Receipt,
} from '../exchange/index.ts';
import { acceptedFile, type OutgoingFile, type OutgoingOptions, outgoingFor } from './outgoing.ts';

/** What is needed to fill a system's queue. */
export interface AmqpParts {
  readonly bus: MessageBus;
  readonly outgoing: () => OutgoingOptions;
  readonly buildClaim: ClaimBuilder;
  readonly maxPackageBytes: number;
}

/** Kinds of packages that are edXML, made anew for each recipient; dossiers go out as they came. */
const EDXML_KINDS: readonly string[] = ['document', 'status'];

/** Wires a system's queue to the exchange. */
export function amqpCounterparty(system: string, parts: AmqpParts): Counterparty {
  return {
    system,
    async deliver(work): Promise<Receipt> {
      const { delivery, package: pkg } = work;
      const { routingKey, headers } = deliveryMessage(pkg, delivery);
      const file = await fileFor(work, parts.outgoing());
      try {
        const { contentType, body } = await bodyOf(file, parts);
        await parts.bus.publish({
          routingKey,
          // The same on every attempt, so that its reader can tell a message that came twice.
          messageId: delivery.id,
          headers: { ...headers, sha256: file.sha256, attempt: delivery.attempts },
          contentType,
          body,
        });
        return { remoteId: delivery.id, final: false, data: { axis: 'amqp', sha256: file.sha256 } };
      } catch (cause) {
        throw asConnectorError(cause, system);
      } finally {
        await file.dispose();
      }
    },
  };
}

async function fileFor(work: DeliveryWork, options: OutgoingOptions): Promise<OutgoingFile> {
  const { package: pkg, payload } = work;
  return EDXML_KINDS.includes(pkg.kind)
    ? outgoingFor(work, work.delivery.recipient, options)
    : acceptedFile(pkg, options.blobs, payload?.bytes);
}

async function bodyOf(
  file: OutgoingFile,
  { outgoing, buildClaim, maxPackageBytes }: AmqpParts,
): Promise<{ contentType: string; body: Uint8Array }> {
  if (file.sizeBytes <= INLINE_LIMIT_BYTES) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.open()) chunks.push(chunk as Uint8Array);
    return { contentType: 'application/xml', body: Buffer.concat(chunks) };
  }
  // Kept as long as the claim check is good for, then swept with the files that nothing names.
  const { sha256, size } = await outgoing().blobs.put(file.open(), maxPackageBytes);
  return buildClaim({ sha256, sizeBytes: size });
}

const CODES: Readonly<Partial<Record<BusErrorCode, ConnectorErrorCode>>> = {
  BUS_CONFIRM_TIMEOUT: 'CONNECTOR_TIMEOUT',
  BUS_BLOCKED: 'CONNECTOR_RATE_LIMITED',
};

function asConnectorError(cause: unknown, system: string): unknown {
  if (!isBusError(cause)) return cause;
  const details = { system, operation: 'publish', remoteCode: cause.code };
  return new ConnectorError(CODES[cause.code] ?? 'CONNECTOR_UNREACHABLE', details, { cause });
}
