/** The version of this build, from package.json. */
import { readFileSync } from 'node:fs';

function readVersion(): string {
  // src/gateway or dist/src/gateway: the manifest is two or three folders up.
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        name: string;
        version: string;
      };
      if (name === 'lienthong') return version;
    } catch {
      // not there: look one folder higher
    }
  }
  return '0.0.0';
}

export const VERSION = readVersion();
