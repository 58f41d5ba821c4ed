/** The portal's simulator with the account of the gateway under test, and the settings that reach it. */
import { type NationalPortal, startNationalPortal } from '../../../src/connectors/index.ts';
import { SECRETS } from '../support/world.ts';

const UNIT = '000.00.00.H99';
const USERNAME = 'lienthong';

export function startPortal(): Promise<NationalPortal> {
  return startNationalPortal({
    accounts: [{ username: USERNAME, password: SECRETS.portal, unitCode: UNIT }],
  });
}

/** Settings of a gateway that knows this portal; the catalogue is not mirrored. */
export function settingsFor(portal: NationalPortal) {
  return {
    portalUrl: portal.url,
    portalUsername: USERNAME,
    portalPassword: SECRETS.portal,
    portalUnit: UNIT,
    catalogueHours: 0,
  };
}
