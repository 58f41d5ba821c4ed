/** The network side of commands that check certificates: the same settings and cache as the server of that data folder. */
import type { OnlineTrust } from './index.ts';

/** Opens the revocation client of the settings; null when `offline`, or when no host may be asked. */
export async function openOnline(options: {
  readonly offline?: boolean | undefined;
  readonly data?: string | undefined;
  readonly config?: string | undefined;
}): Promise<OnlineTrust | null> {
  if (options.offline === true) return null;
  const [{ loadConfig }, { openOnlineTrust, revocationSettings }] = await Promise.all([
    import('../config.ts'),
    import('./index.ts'),
  ]);
  const { config } = loadConfig({ flags: { dataDir: options.data }, file: options.config });
  return openOnlineTrust(revocationSettings(config));
}
