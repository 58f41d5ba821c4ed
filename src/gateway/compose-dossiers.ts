/** The part of the composition that dossiers need: further systems, webhooks, the mirrored catalogues, and their loops. */
import { join } from 'node:path';
import { createWebhookClient, type WebhookClient } from '../connectors/index.ts';
import { type DossierMessage, parseDossier } from '../packages/index.ts';
import type { Sealer } from './access/index.ts';
import {
  type CatalogueKind,
  type CatalogueSource,
  createProcedureSearch,
  type MirrorReport,
  mirrorCatalogue,
  type ProcedureSearch,
} from './catalogue/index.ts';
import { type Config, ConfigError } from './config.ts';
import { readSystemsFile, SYSTEMS_SECRET } from './counterparties/systems/file.ts';
import type { LinkedParts } from './counterparties/systems/linked-service.ts';
import { type OpenedSystems, openSystems } from './counterparties/systems/open.ts';
import {
  type DossierLoops,
  type Exchange,
  ExchangeError,
  PORTAL_SYSTEM,
  startDossierLoops,
} from './exchange/index.ts';
import { type BlobStore, listDossierPackages, type Store } from './store/index.ts';
import type { KeyRing } from './workers/index.ts';

/** Opens what `systems.json` names. */
export function openDossierSystems(config: Config, parts: LinkedParts, sealer: Sealer): OpenedSystems {
  const path = config.systemsFile === '' ? join(config.dataDir, 'systems.json') : config.systemsFile;
  const file = readSystemsFile(path, (sealed) => sealer.open(sealed, SYSTEMS_SECRET));
  return openSystems(file, parts, config.counterpartyTimeoutSeconds * 1000);
}

/** All messages of a dossier up to and with one package, oldest first. */
export async function dossierHistory(
  store: Store,
  blobs: BlobStore,
  code: string,
  packageId: string,
): Promise<DossierMessage[]> {
  const packages = (await listDossierPackages(store.read, code)).filter((pkg) => pkg.id <= packageId);
  return Promise.all(
    packages.map(async (pkg) => (await parseDossier(await blobs.read(pkg.payload_sha256))).message),
  );
}

/** What runs beside the exchange for dossiers. */
export interface DossierWork {
  readonly webhooks: Pick<WebhookClient, 'isAllowed'>;
  readonly procedures: ProcedureSearch;
  mirror(kind: CatalogueKind): Promise<MirrorReport>;
  readonly loops: DossierLoops;
}

/** Starts it. `source`: the portal's catalogues; undefined when no portal is set up. */
export function startDossierWork(
  x: Exchange,
  config: Config,
  sealer: Sealer,
  source: CatalogueSource | undefined,
): DossierWork {
  const client = createWebhookClient({
    allowedHosts: config.webhookHosts.split(',').filter((entry) => entry.trim() !== ''),
    timeoutMs: config.counterpartyTimeoutSeconds * 1000,
  });

  async function mirror(kind: CatalogueKind): Promise<MirrorReport> {
    if (source === undefined)
      throw new ExchangeError('SYSTEM_UNKNOWN', {
        vi: 'Chưa cấu hình Cổng DVCQG (LIENTHONG_PORTAL_URL).',
        en: 'No national portal is configured (LIENTHONG_PORTAL_URL).',
      });
    const report = await mirrorCatalogue(x.store, source, kind, x.now());
    x.log.info({ ...report }, 'catalogue mirrored');
    return report;
  }

  const portal = x.counterparties.get(PORTAL_SYSTEM);
  const loops = startDossierLoops(x, {
    webhooks: {
      send: (hook, deliveryId, body) =>
        client.send({
          url: hook.url,
          secret: sealer.open(hook.secret_sealed, `webhook:${hook.id}`),
          deliveryId,
          body,
          sentAt: new Date(x.now()),
        }),
    },
    ...(portal === undefined || x.settings.portalLookMs === 0 ? {} : { portal }),
    ...(source === undefined || config.catalogueHours === 0
      ? {}
      : {
          catalogues: {
            everyMs: config.catalogueHours * 3_600_000,
            async mirrorAll() {
              for (const kind of ['procedure', 'agency', 'field'] as const) await mirror(kind);
            },
          },
        }),
  });
  return { webhooks: client, procedures: createProcedureSearch(x.store, x.now), mirror, loops };
}

/** `agency=key` pairs of `LIENTHONG_DOSSIER_KEYS`; `*` for every agency that has such a key. */
function dossierKeys(config: Config): ReadonlyMap<string, string> {
  const pairs = config.dossierKeys.split(',').map((pair) => pair.trim().split('='));
  return new Map(
    pairs.flatMap(([agency = '', key = '']) => (agency === '' ? [] : [[agency.trim(), key.trim()]])),
  );
}

/** A key named that is not there would be found out with the first dossier. @throws ConfigError */
export function assertDossierKeys(config: Config, ring: KeyRing): void {
  const missing = [...dossierKeys(config)].filter(
    ([agency, id]) =>
      !ring.keys.some(
        (key) =>
          (agency === '*' || key.agency === agency) && key.id === id && key.profiles.includes('agency'),
      ),
  );
  if (missing.length > 0)
    throw new ConfigError(
      missing.map(
        ([agency, id]) => `LIENTHONG_DOSSIER_KEYS: ${agency}=${id}: no such key with the profile "agency"`,
      ),
    );
}

/** Signs what agencies say about dossiers with the keys the operator named. */
export function dossierSigner(
  config: Config,
  ring: () => KeyRing | null,
): (agency: string, xml: Uint8Array) => Promise<Uint8Array> {
  const keys = dossierKeys(config);
  return async (agency, xml) => {
    const open = ring();
    const id = keys.get(agency) ?? keys.get('*');
    const isHeld = open?.keys.some((key) => key.agency === agency && key.id === id) === true;
    // Of all agencies only those with a key sign; one named by its code must.
    if (id === undefined || open === null || (!isHeld && !keys.has(agency))) return xml;
    return open.signXml(agency, id, xml);
  };
}
