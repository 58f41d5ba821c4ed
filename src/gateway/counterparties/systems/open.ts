/** Clients and counterparties of the entries of `systems.json`. */
import {
  type BusinessRegistryClient,
  createBusinessRegistryClient,
  createCivilStatusClient,
  createDocumentStoreClient,
  createLandTaxClient,
  createLgspToken,
  createLinkedServiceClient,
  createMappedClient,
  createPaymentClient,
  createPopulationClient,
  createVnpostClient,
  type DocumentStoreClient,
  type HttpOptions,
  type LandTaxClient,
  type PaymentClient,
  type PopulationClient,
} from '../../../connectors/index.ts';
import type { Counterparty } from '../../exchange/index.ts';
import { civilStatusCounterparty } from './civil-status.ts';
import type { SystemEntry, SystemsFile } from './file.ts';
import { landTaxCounterparty } from './land-tax.ts';
import { type LinkedParts, linkedServiceCounterparty } from './linked-service.ts';
import { mappedCounterparty } from './mapped.ts';
import { vnpostCounterparty } from './vnpost.ts';

/** What is asked while a person waits, not through the exchange. */
export interface OutsideSystems {
  readonly population?: { readonly client: PopulationClient; readonly account: string };
  readonly business?: BusinessRegistryClient;
  readonly papers?: DocumentStoreClient;
  readonly payment?: {
    readonly client: PaymentClient;
    readonly beneficiary: { account: string; bankCode: string; name: string };
  };
  readonly land?: { readonly client: LandTaxClient; readonly noticeKey: string | null };
}

/** Everything the file brings. */
export interface OpenedSystems {
  readonly counterparties: readonly Counterparty[];
  readonly outside: OutsideSystems;
  /** Procedure code → system that decides on it. */
  readonly procedures: Readonly<Record<string, string>>;
}

/** Opens all entries. @throws ConfigError when a secret or mapping can't be read. */
export function openSystems(file: SystemsFile, parts: LinkedParts, timeoutMs: number): OpenedSystems {
  const counterparties: Counterparty[] = [];
  const procedures: Record<string, string> = {};
  let outside: OutsideSystems = {};
  for (const entry of file.entries) {
    const opened = openEntry(entry, file, parts, timeoutMs);
    if (opened.counterparty !== undefined) counterparties.push(opened.counterparty);
    outside = { ...outside, ...opened.outside };
    for (const code of opened.procedures ?? []) procedures[code] = opened.counterparty?.system ?? '';
  }
  return { counterparties, outside, procedures };
}

interface Opened {
  readonly counterparty?: Counterparty;
  readonly outside?: OutsideSystems;
  readonly procedures?: readonly string[];
}

function openEntry(entry: SystemEntry, file: SystemsFile, parts: LinkedParts, timeoutMs: number): Opened {
  const { baseUrl } = entry;
  const { blobs } = parts;
  const secret = file.openSecret;
  switch (entry.system) {
    case 'civil-status': {
      const client = createCivilStatusClient({
        baseUrl,
        timeoutMs,
        provinceCode: entry.provinceCode,
        ...authorize(entry, file),
      });
      const counterparty = civilStatusCounterparty(client, blobs, entry.modules);
      return { counterparty, procedures: Object.keys(entry.modules) };
    }
    case 'vnpost':
      return {
        counterparty: vnpostCounterparty(
          createVnpostClient({
            baseUrl,
            timeoutMs,
            customerCode: entry.customerCode,
            apiKey: secret(entry.apiKey),
          }),
          blobs,
        ),
      };
    case 'payment': {
      const client = createPaymentClient({
        baseUrl,
        timeoutMs,
        partnerCode: entry.partnerCode,
        secret: secret(entry.secret),
      });
      return { outside: { payment: { client, beneficiary: entry.beneficiary } } };
    }
    case 'business-registry':
      return {
        outside: {
          business: createBusinessRegistryClient({ baseUrl, timeoutMs, ...authorize(entry, file) }),
        },
      };
    case 'population-database': {
      const client = createPopulationClient({
        url: baseUrl,
        timeoutMs,
        clientId: entry.clientId,
        username: entry.username,
        apiKey: secret(entry.apiKey),
        secret: secret(entry.secret),
      });
      return { outside: { population: { client, account: entry.officerAccount } } };
    }
    case 'document-store':
      return {
        outside: { papers: createDocumentStoreClient({ baseUrl, timeoutMs, ...authorize(entry, file) }) },
      };
    case 'land-tax': {
      const client = createLandTaxClient({
        baseUrl,
        timeoutMs,
        username: entry.username,
        password: secret(entry.password),
      });
      const noticeKey = entry.noticeKey === undefined ? null : secret(entry.noticeKey);
      const outside = { land: { client, noticeKey } };
      if (entry.provinceId === undefined) return { outside };
      const counterparty = landTaxCounterparty(client, entry.provinceId, parts);
      return { outside, counterparty, procedures: entry.procedures };
    }
    case 'linked-service':
      return {
        counterparty: linkedServiceCounterparty(
          createLinkedServiceClient({
            baseUrl,
            timeoutMs,
            username: entry.username,
            password: secret(entry.password),
          }),
          entry,
          parts,
        ),
        procedures: ['2.002621', '2.002622'],
      };
    case 'mapped': {
      const mapping = file.mapping(entry.mappingFile);
      const secrets = Object.fromEntries(
        Object.entries(entry.secrets).map(([name, given]) => [name, secret(given)]),
      );
      const client = createMappedClient({ baseUrl, timeoutMs, mapping, secrets });
      return { counterparty: mappedCounterparty(client, blobs, entry.kinds), procedures: entry.procedures };
    }
  }
}

/** A gateway's token in front of the service, or a fixed one. */
function authorize(
  entry: Extract<SystemEntry, { lgsp?: unknown }> & { token?: unknown },
  file: SystemsFile,
): Pick<HttpOptions, 'authorization'> {
  if (entry.lgsp !== undefined) {
    const { tokenUrl, consumerKey, consumerSecret } = entry.lgsp;
    return {
      authorization: createLgspToken({
        tokenUrl,
        consumerKey,
        consumerSecret: file.openSecret(consumerSecret),
      }),
    };
  }
  if (entry.token === undefined) return {};
  const header = `Bearer ${file.openSecret(entry.token as Parameters<SystemsFile['openSecret']>[0])}`;
  return { authorization: { header: () => Promise.resolve(header), drop: () => undefined } };
}
