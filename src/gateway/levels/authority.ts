/** The client of the time-stamping authorities that the operator named. */
import { createTsaClient, type TsaClient } from '../../signing/index.ts';
import type { Config } from '../config.ts';
import { watchTrustSet } from '../trust/index.ts';
import { addressesOf } from './settings.ts';

/**
 * One client for the process: four requests at a time, addresses in order, an authority outside the trust folder refused.
 * Null when no address is set. `close` ends what is being waited for.
 */
export function openAuthority(
  config: Config,
  trustDir: string,
  sets: readonly string[],
): (TsaClient & { close(): void }) | null {
  const urls = addressesOf(config.tsaUrls);
  if (urls.length === 0) return null;
  let read: ReturnType<typeof watchTrustSet> | null = null;
  const ended = new AbortController();
  const client = createTsaClient({
    urls,
    // Addresses are the operator's own; a redirect would lead to one that is not.
    fetch: (url, init) =>
      fetch(url, {
        ...init,
        body: Buffer.from(init.body),
        redirect: 'error',
        signal: AbortSignal.any([init.signal, ended.signal]),
      }),
    timeoutMs: config.tsaTimeoutSeconds * 1000,
    tries: config.tsaTries,
    trust: async () => {
      read ??= watchTrustSet(trustDir, sets);
      return (await read)();
    },
    ...(config.tsaPolicy === '' ? {} : { policy: config.tsaPolicy }),
  });
  return { ...client, close: () => ended.abort() };
}
