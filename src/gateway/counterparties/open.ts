/** Every counterparty the settings name, by system. */
import {
  createJudicialRecordsClient,
  createNationalPortalClient,
  createProvincialAxisClient,
  createVxpClient,
} from '../../connectors/index.ts';
import type { Config } from '../config.ts';
import type { Counterparty } from '../exchange/index.ts';
import { judicialCounterparty } from './judicial.ts';
import type { OutgoingOptions } from './outgoing.ts';
import { type PortalParts, portalCounterparty } from './portal.ts';
import { provincialCounterparty } from './provincial.ts';
import { vxpCounterparty } from './vxp.ts';

/** Makes a client for each system whose address is set. */
export function openCounterparties(
  config: Config,
  outgoing: () => OutgoingOptions,
  portalParts: PortalParts,
): Map<string, Counterparty> {
  const timeoutMs = config.counterpartyTimeoutSeconds * 1000;
  const list: Counterparty[] = [];
  if (config.vxpUrl !== '') {
    list.push(
      vxpCounterparty(
        createVxpClient({
          baseUrl: config.vxpUrl,
          systemId: config.vxpSystemId,
          secret: config.vxpSecret,
          timeoutMs,
        }),
        outgoing,
      ),
    );
  }
  if (config.provincialUrl !== '') {
    const client = createProvincialAxisClient({
      baseUrl: config.provincialUrl,
      systemId: config.provincialSystemId,
      secret: config.provincialSecret,
      timeoutMs,
    });
    list.push(provincialCounterparty(client, outgoing));
  }
  if (config.portalUrl !== '') {
    const client = createNationalPortalClient({
      baseUrl: config.portalUrl,
      username: config.portalUsername,
      password: config.portalPassword,
      unitCode: config.portalUnit,
      dstCode: config.portalDestination,
      timeoutMs,
    });
    list.push(portalCounterparty(client, portalParts));
  }
  if (config.judicialUrl !== '') {
    const client = createJudicialRecordsClient({
      baseUrl: config.judicialUrl,
      authKey: config.judicialAuthKey,
      provinceCode: config.judicialProvince,
      provinceName: config.judicialProvinceName,
      timeoutMs,
    });
    list.push(judicialCounterparty(client, portalParts.blobs));
  }
  return new Map(list.map((counterparty) => [counterparty.system, counterparty]));
}
