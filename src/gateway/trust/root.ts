/** Where the trust folder is. */
import { join } from 'node:path';
import type { Config } from '../config.ts';

/** The trust folder of the settings. */
export function trustRoot(config: Pick<Config, 'trustDir' | 'dataDir'>): string {
  return config.trustDir === '' ? join(config.dataDir, 'trust') : config.trustDir;
}
