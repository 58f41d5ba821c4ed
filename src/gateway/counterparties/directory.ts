/** The national axis' directory as the gateway's own takes it over. */
import { ConnectorError, createVxpClient, type VxpClient } from '../../connectors/index.ts';
import type { Config } from '../config.ts';
import type { DirectorySource, ListedAgency } from '../directory/index.ts';

/** The source the settings name; null: no national axis. */
export function openDirectorySource(config: Config): DirectorySource | null {
  if (config.vxpUrl === '') return null;
  const client = createVxpClient({
    baseUrl: config.vxpUrl,
    systemId: config.vxpSystemId,
    secret: config.vxpSecret,
    timeoutMs: config.counterpartyTimeoutSeconds * 1000,
  });
  return vxpDirectory(client);
}

/**
 * The list of agencies carries both generations of codes, the list of changes the deletions: one after the other. An axis that
 * does not offer the second is taken at its first word.
 */
export function vxpDirectory(client: Pick<VxpClient, 'agencyPages' | 'unitPages'>): DirectorySource {
  async function* pages(): AsyncGenerator<readonly ListedAgency[]> {
    for await (const page of client.agencyPages())
      yield page.map(({ code, otherCode, name, parentId, mail }) => ({
        code,
        otherCode,
        name,
        parent: parentId,
        mail,
        deleted: false,
      }));
    yield* deletions(client);
  }
  return { system: 'vxp', pages };
}

async function* deletions(client: Pick<VxpClient, 'unitPages'>): AsyncGenerator<readonly ListedAgency[]> {
  try {
    for await (const page of client.unitPages())
      yield page
        .filter((unit) => unit.deleted)
        .map(({ code, otherCode, name, parentId, mail }) => ({
          code,
          otherCode,
          name,
          parent: parentId,
          mail,
          deleted: true,
        }));
  } catch (cause) {
    const isMissing =
      cause instanceof ConnectorError && ['CONNECTOR_NOT_FOUND', 'CONNECTOR_REFUSED'].includes(cause.code);
    if (!isMissing) throw cause;
  }
}
