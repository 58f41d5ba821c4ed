/** `lienthong doctor`: what a new operator gets wrong, looked for one by one. */
import type { Config } from '../config.ts';
import { checkBlobs } from './blobs.ts';
import { type Check, type Finding, fail } from './finding.ts';
import { checkConfig, checkDisk, checkNode } from './machine.ts';
import { checkBroker, checkCounterparties, checkDatabase } from './outside.ts';
import { checkKeys, checkTrust } from './trust.ts';

export type { Finding } from './finding.ts';

/** Examines an installation. Findings come in a fixed order; a check that breaks is a finding. */
export async function examine(config: Config, now: number): Promise<readonly Finding[]> {
  const checks: readonly (readonly [name: string, check: Check])[] = [
    ['node', async () => [checkNode(process.version)]],
    ['disk', () => checkDisk(config.dataDir)],
    ['settings', async () => checkConfig(config)],
    ['database', async () => [await checkDatabase(config)]],
    ['blobs', () => checkBlobs(config)],
    ['broker', () => checkBroker(config)],
    ['trust', () => checkTrust(config, now)],
    ['keys', () => checkKeys(config, now)],
    ['counterparty', () => checkCounterparties(config)],
  ];
  const findings: Finding[] = [];
  for (const [name, check] of checks) {
    try {
      findings.push(...(await check()));
    } catch (cause) {
      const reason = (cause as Error).message;
      findings.push(fail(name, `Không kiểm tra được (${reason}).`, `Could not be checked (${reason}).`));
    }
  }
  return findings;
}
