/** A system described by a mapping file as a counterparty: operations `submit` (or one per kind), `state`. */
import { z } from 'zod';
import type { MappedClient } from '../../../connectors/index.ts';
import { type DossierKind, parseDossier } from '../../../packages/index.ts';
import type { Counterparty } from '../../exchange/index.ts';
import type { BlobStore } from '../../store/index.ts';

const submitted = z.object({ reference: z.union([z.string(), z.number()]).transform(String).optional() });
const followed = z.object({ state: z.int().min(1).max(10), note: z.string().optional() });

/** Wires the client. A kind it has no operation for is told apart at the start, not at the first dossier. */
export function mappedCounterparty(
  client: MappedClient,
  blobs: BlobStore,
  kinds: readonly DossierKind[],
): Counterparty {
  const operationOf = (kind: DossierKind): string =>
    client.operations.includes(kind.replace('-', '_')) ? kind.replace('-', '_') : 'submit';
  for (const kind of kinds)
    if (!client.operations.includes(operationOf(kind)))
      throw new TypeError(`mapping of ${client.system}: no operation for ${kind}`);
  return {
    system: client.system,
    async deliver(work) {
      const { message } = await parseDossier(await blobs.read(work.package.payload_sha256));
      if (!kinds.includes(message.kind)) throw new TypeError(`${client.system} takes no ${message.kind}`);
      const { result } = await client.run(operationOf(message.kind), {
        ...message,
        form: formOf(message.body),
      });
      const { reference } = submitted.parse(result ?? {});
      return {
        remoteId: reference ?? message.dossierCode,
        final: true,
        data: { reference: reference ?? null },
      };
    },
    ...(client.operations.includes('state')
      ? {
          async followDossier(dossier: { code: string }) {
            const { result } = await client.run('state', { dossierCode: dossier.code });
            const news = followed.parse(result);
            return { state: news.state, ...(news.note === undefined ? {} : { note: news.note }) };
          },
        }
      : {}),
  };
}

/** The e-form as a value, so that no expression has to read text as code. */
function formOf(body: object): unknown {
  const { otherInfo } = body as { otherInfo?: string };
  try {
    return JSON.parse(otherInfo ?? 'null');
  } catch {
    return null;
  }
}
