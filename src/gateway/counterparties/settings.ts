/** Settings of the portal, the ministries and what dossiers do there. */
import { z } from 'zod';
import { count, setting, text, url } from '../settings/setting.ts';

/** Empty, or a JSON object whose values begin with `/`. */
function isPaths(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text || '{}');
    return z.record(z.string(), z.string().startsWith('/')).safeParse(value).success;
  } catch {
    return false;
  }
}

/** The part of the settings table about dossiers. */
export const DOSSIER_SETTINGS = {
  portalUrl: setting('LIENTHONG_PORTAL_URL', url, '', 'National Public Service Portal adapter'),
  portalGeneration: setting(
    'LIENTHONG_PORTAL_GENERATION',
    z.enum(['A', 'B']),
    'A',
    'A: session API (2019–2025); B: client token and uploads (2025–26), account and password are client_id and client_secret',
  ),
  portalPaths: setting(
    'LIENTHONG_PORTAL_PATHS',
    z.string().refine(isPaths, 'a JSON object of paths'),
    '',
    'generation B: JSON object of paths (token, nextValue, upload, create, progress, state, lookup)',
  ),
  portalUsername: setting('LIENTHONG_PORTAL_USERNAME', text, '', 'account on the portal adapter'),
  portalPassword: setting('LIENTHONG_PORTAL_PASSWORD', text, '', 'its password', true),
  portalUnit: setting('LIENTHONG_PORTAL_UNIT', text, '', 'madonvi sent with every portal call'),
  portalDestination: setting(
    'LIENTHONG_PORTAL_DSTCODE',
    text,
    'VN:GOV:000.00.00.G22:dvcqg',
    'dstcode header of the portal on the axis',
  ),
  portalLookSeconds: setting(
    'LIENTHONG_PORTAL_LOOK_SECONDS',
    z.coerce.number().min(0),
    900,
    'seconds between two looks at an open dossier on the portal, for what was done there; 0: never',
  ),
  dossierKeys: setting(
    'LIENTHONG_DOSSIER_KEYS',
    z.string().regex(/^([^=,]+=[^=,]+(,[^=,]+=[^=,]+)*)?$/, 'agency=key, comma separated'),
    '',
    'agencies that sign what they say about dossiers (XAdES): agency=key id, comma separated; * for every agency with that key',
  ),
  dossierCodes: setting(
    'LIENTHONG_DOSSIER_CODES',
    z.enum(['own', 'portal']),
    'own',
    'who numbers dossiers that come without a code: own, or portal (GetNextValue of generation B)',
  ),
  dossierSignatures: setting(
    'LIENTHONG_DOSSIER_SIGNATURES',
    z.enum(['optional', 'required']),
    'optional',
    'whether messages others hand in about dossiers must be signed',
  ),
  judicialUrl: setting(
    'LIENTHONG_JUDICIAL_URL',
    url,
    '',
    'judicial records system (LLTP) of the Ministry of Justice',
  ),
  judicialAuthKey: setting('LIENTHONG_JUDICIAL_AUTH_KEY', text, '', 'its authKey', true),
  judicialProvince: setting('LIENTHONG_JUDICIAL_PROVINCE', text, '', 'maTinh sent to it'),
  judicialProvinceName: setting('LIENTHONG_JUDICIAL_PROVINCE_NAME', text, '', 'tenTinh sent to it'),
  catalogueHours: setting(
    'LIENTHONG_CATALOGUE_HOURS',
    count,
    24,
    "hours between two looks at the portal's catalogues; 0: only when asked",
  ),
  systemsFile: setting(
    'LIENTHONG_SYSTEMS_FILE',
    text,
    '',
    'JSON list of ministries and services; default DATA/systems.json',
  ),
  webhookHosts: setting(
    'LIENTHONG_WEBHOOK_HOSTS',
    text,
    '',
    'hosts webhooks may go to, comma separated: host, host:port, *.domain (https), or with a scheme; empty: none',
  ),
} as const;
