/** Vietnam Post as a counterparty: orders to fetch papers and to bring results. */
import type { VnpostClient } from '../../../connectors/index.ts';
import { type PostalParty, parseDossier } from '../../../packages/index.ts';
import type { Counterparty } from '../../exchange/index.ts';
import type { BlobStore } from '../../store/index.ts';

/** Wires the client. */
export function vnpostCounterparty(client: VnpostClient, blobs: BlobStore): Counterparty {
  const endOf = (party: PostalParty) => ({
    provinceCode: Number(party.provinceCode),
    ...(party.districtCode === undefined ? {} : { districtCode: Number(party.districtCode) }),
    address: party.address,
    name: party.name,
    phone: party.phone,
    ...(party.email === undefined ? {} : { email: party.email }),
  });
  return {
    system: 'vnpost',
    async deliver(work) {
      const { message } = await parseDossier(await blobs.read(work.package.payload_sha256));
      if (message.kind !== 'postal-order') throw new TypeError(`the post takes no ${message.kind}`);
      const { body } = message;
      const { itemCode, existed } = await client.order({
        orderNumber: body.orderNumber,
        sender: endOf(body.sender),
        receiver: endOf(body.receiver),
        codAmountVnd: body.codAmountVnd ?? 0,
        description: body.content ?? `Hồ sơ ${message.dossierCode}`,
      });
      return { remoteId: itemCode, final: true, data: { itemCode, existed } };
    },
    async find(work) {
      const { message } = await parseDossier(await blobs.read(work.package.payload_sha256));
      if (message.kind !== 'postal-order') return null;
      const held = await client.track(message.body.orderNumber);
      return held === undefined
        ? null
        : { remoteId: held.itemCode, final: true, data: { reconciledFrom: 'tracking' } };
    },
  };
}
