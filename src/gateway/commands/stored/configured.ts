/** What a configuration brings, as commands beside a running server see it: systems and signing keys. Nothing is asked or sent. */
import { join } from 'node:path';
import { describeCertificate } from '../../../signing/index.ts';
import { openSealer } from '../../access/index.ts';
import { openDossierSystems } from '../../compose-dossiers.ts';
import { amqpSystems, type Config } from '../../config.ts';
import { openCounterparties, openPortalClient } from '../../counterparties/open.ts';
import type { DocumentMetadata } from '../../exchange/index.ts';
import { openKey } from '../../keys/index.ts';
import { type KeyEntry, readKeyEntries } from '../../workers/key-entries.ts';

/** Stands for what only a running gateway has. */
const ABSENT: never = new Proxy({} as never, {
  get() {
    throw new TypeError('a command sends nothing');
  },
});

/**
 * Every system documents and dossiers may be sent to: the drivers of the settings and those of `systems.json`, by the same code
 * that opens them in the gateway, and those that take their mail from the broker. @throws ConfigError
 */
export function configuredSystems(config: Config): string[] {
  const counterparties = openCounterparties(config, () => ABSENT, ABSENT, openPortalClient(config));
  const parts = { blobs: ABSENT, fileUrl: () => ABSENT, historyOf: () => ABSENT };
  const more = openDossierSystems(config, parts, openSealer(config.dataDir)).counterparties;
  return [...counterparties.keys(), ...more.map(({ system }) => system), ...amqpSystems(config).keys()];
}

/** What would sign, or why it would not. */
export interface SigningLine {
  readonly key: string;
  readonly profile: string;
  readonly ok: boolean;
  /** `pkcs12`, `pkcs11`, `csc`; null: there is no such key. */
  readonly kind: string | null;
  /** Null: in a token or a signing service, which a command does not open. */
  readonly certificate: {
    readonly subject: string;
    readonly issuer: string;
    readonly serialNumber: string;
    readonly notBefore: string;
    readonly notAfter: string;
  } | null;
  readonly because?: string;
}

/** The keys a document asks to be signed with, in the order of signing. @throws ConfigError */
export async function explainSigning(
  config: Config,
  metadata: Pick<DocumentMetadata, 'from' | 'sign'>,
  now: number,
): Promise<SigningLine[]> {
  if (metadata.sign.length === 0) return [];
  const file = config.keysFile === '' ? join(config.dataDir, 'keys', 'keys.json') : config.keysFile;
  const keys = await readKeyEntries(file);
  return Promise.all(metadata.sign.map((request) => explainKey(keys, metadata.from, request, now)));
}

async function explainKey(
  keys: readonly KeyEntry[],
  agency: string,
  request: DocumentMetadata['sign'][number],
  now: number,
): Promise<SigningLine> {
  const line = { key: request.key, profile: request.profile, certificate: null };
  const entry = keys.find(({ id, agency: owner }) => id === request.key && owner === agency);
  if (entry === undefined) {
    const because = `cơ quan ${agency} không có khoá này / the agency has no such key`;
    return { ...line, ok: false, kind: null, because };
  }
  const { kind } = entry;
  if (!entry.profiles.includes(request.profile)) {
    const because = `khoá không dùng cho ${request.profile}, chỉ ${entry.profiles.join(', ')} / not for this profile`;
    return { ...line, ok: false, kind, because };
  }
  if (kind !== 'pkcs12') return { ...line, ok: true, kind };
  try {
    const signer = await openKey(entry.address, { passFile: entry.passFile });
    await signer.close();
    const { subject, issuer, serialNumber, notBefore, notAfter } = describeCertificate(signer.certificate);
    const inForce = notBefore.getTime() <= now && now < notAfter.getTime();
    return {
      ...line,
      ok: inForce,
      kind,
      certificate: {
        subject,
        issuer,
        serialNumber,
        notBefore: notBefore.toISOString(),
        notAfter: notAfter.toISOString(),
      },
      ...(inForce ? {} : { because: 'chứng thư không trong thời hạn / the certificate is not in force' }),
    };
  } catch (cause) {
    const { code = 'error' } = cause as { code?: string };
    return { ...line, ok: false, kind, because: `không mở được khoá / the key cannot be opened (${code})` };
  }
}
