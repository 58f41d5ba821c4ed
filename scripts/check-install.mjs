// Ends with 0 when node_modules holds what package-lock.json asks for on this machine, else with 1.
import { readFileSync } from 'node:fs';

/** The packages of a lock file by path, with versions; null when the file can't be read. */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

const wanted = packagesOf('package-lock.json');
const present = packagesOf('node_modules/.package-lock.json');
// Packages for other systems are optional and rightly absent.
const stale = ([path, { version, optional, peer, devOptional }]) =>
  path !== '' && !optional && !peer && !devOptional && present?.[path]?.version !== version;
process.exitCode = wanted !== null && present !== null && !Object.entries(wanted).some(stale) ? 0 : 1;
