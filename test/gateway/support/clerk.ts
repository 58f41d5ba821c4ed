/** A clerk with a browser, at a gateway whose commune may sign digitised copies. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { loadsAnew, openWindow } from '../console/support.ts';
import { type BareGateway, startBareGateway } from './bare.ts';
import { temporaryFolder } from './folders.ts';
import { AGENCY } from './messages.ts';
import { testPki } from './world.ts';

/** A bare gateway that reads scans and has one key, `keyId`, for copies of the commune. */
export async function startCopyGateway(keyId: string): Promise<BareGateway> {
  const pki = await testPki();
  const seal = pki.identities['agency-district'];
  const dataDir = temporaryFolder();
  mkdirSync(join(dataDir, 'keys'), { recursive: true });
  const file = { p12: seal?.pkcs12Path, passFile: seal?.passphrasePath };
  const key = { id: keyId, agency: AGENCY.commune.code, profiles: ['copy'], ...file };
  writeFileSync(join(dataDir, 'keys', 'keys.json'), JSON.stringify([key]));
  return startBareGateway({ dataDir, trustDir: pki.directory, ocrJobs: 1, insecureCookies: true });
}

/** Opens `address` in a window of a phone's size, and signs in there. */
export async function signIn(
  browser: Browser,
  address: string,
  token: string,
): ReturnType<typeof openWindow> {
  const opened = await openWindow(browser, { width: 390, height: 844 });
  const { page } = opened;
  await page.goto(address);
  await page.fill('#token', token);
  await loadsAnew(page, () => page.click('.sign-in button.primary'));
  return opened;
}
