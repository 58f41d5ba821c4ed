/** Which outside systems there are, from the settings: one driver each. */
import {
  createEdocAxisClient,
  createJudicialRecordsClient,
  createNationalPortalClient,
  createNationalPortalClientB,
  createProvincialAxisClient,
  createProvincialLogin,
  createVxpClient,
  type NationalPortalClient,
} from '../../connectors/index.ts';
import type { Config } from '../config.ts';
import type { Counterparty } from '../exchange/index.ts';
import { edocCounterparty } from './edoc.ts';
import { judicialCounterparty } from './judicial.ts';
import type { OutgoingOptions } from './outgoing.ts';
import { type PortalParts, portalCounterparty } from './portal.ts';
import { provincialCounterparty } from './provincial.ts';
import { vxpCounterparty } from './vxp.ts';

/** Everything about outgoing packages but the order, which each axis has for itself. */
export type OutgoingParts = () => Omit<OutgoingOptions, 'order'>;

/** The counterparties of a configuration by the name of their system. */
export function openCounterparties(
  config: Config,
  outgoing: OutgoingParts,
  portalParts: PortalParts,
  portal: NationalPortalClient | undefined,
): Map<string, Counterparty> {
  const list = [
    national(config, outgoing),
    provincial(config, outgoing),
    portal === undefined ? null : portalCounterparty(portal, portalParts),
    judicial(config, portalParts),
  ].filter((counterparty) => counterparty !== null);
  return new Map(list.map((counterparty) => [counterparty.system, counterparty]));
}

function timeoutOf(config: Config): { timeoutMs: number } {
  return { timeoutMs: config.counterpartyTimeoutSeconds * 1000 };
}

/** An axis may bring what a system of ours may hand in: 1 GB of files is 1.43 GB of package. */
function axisLimits(config: Config): { timeoutMs: number; maxEdocBytes: number } {
  return { ...timeoutOf(config), maxEdocBytes: config.maxPackageBytes };
}

function national(config: Config, outgoing: OutgoingParts): Counterparty | null {
  if (config.vxpUrl === '') return null;
  const client = createVxpClient({
    baseUrl: config.vxpUrl,
    systemId: config.vxpSystemId,
    secret: config.vxpSecret,
    ...axisLimits(config),
  });
  return vxpCounterparty(client, () => ({ ...outgoing(), order: config.vxpWireOrder }));
}

function provincial(config: Config, outgoing: OutgoingParts): Counterparty | null {
  if (config.provincialUrl === '') return null;
  const order = () => ({ ...outgoing(), order: config.provincialWireOrder });
  const baseUrl = config.provincialUrl;
  if (config.provincialDriver === 'edoc') {
    const sign = { organId: config.provincialSystemId, token: config.provincialSecret };
    return edocCounterparty(createEdocAxisClient({ baseUrl, ...sign, ...axisLimits(config) }), order);
  }
  const sign = { systemId: config.provincialSystemId, secret: config.provincialSecret };
  const { provincialUsername: username, provincialPassword: password, provincialApplicationCode } = config;
  const account = { username, password, applicationCode: provincialApplicationCode };
  const login =
    username === ''
      ? {}
      : { authorization: createProvincialLogin({ baseUrl, ...account, ...timeoutOf(config) }) };
  return provincialCounterparty(
    createProvincialAxisClient({ baseUrl, ...sign, ...login, ...axisLimits(config) }),
    order,
  );
}

/** The portal's client: one contract, two generations; undefined when no portal is set up. */
export function openPortalClient(config: Config): NationalPortalClient | undefined {
  if (config.portalUrl === '') return undefined;
  if (config.portalGeneration === 'B')
    return createNationalPortalClientB({
      baseUrl: config.portalUrl,
      clientId: config.portalUsername,
      clientSecret: config.portalPassword,
      unitCode: config.portalUnit,
      paths: JSON.parse(config.portalPaths || '{}') as Record<string, string>,
      ...timeoutOf(config),
    });
  return createNationalPortalClient({
    baseUrl: config.portalUrl,
    username: config.portalUsername,
    password: config.portalPassword,
    unitCode: config.portalUnit,
    dstCode: config.portalDestination,
    ...timeoutOf(config),
  });
}

function judicial(config: Config, parts: PortalParts): Counterparty | null {
  if (config.judicialUrl === '') return null;
  const client = createJudicialRecordsClient({
    baseUrl: config.judicialUrl,
    authKey: config.judicialAuthKey,
    provinceCode: config.judicialProvince,
    provinceName: config.judicialProvinceName,
    ...timeoutOf(config),
  });
  return judicialCounterparty(client, parts.blobs);
}
