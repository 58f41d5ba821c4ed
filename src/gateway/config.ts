/**
 * Reads every setting of `settings.ts` once. The only file that reads the environment.
 * A setting comes from, in this order: command line, environment, configuration file (JSON), default.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { SETTINGS } from './settings/all.ts';
import { addressList, type SettingSpec } from './settings/setting.ts';
import { readBucketAddress } from './store/s3/address.ts';

export { SETTINGS };

/** A setting that is wrong. Names settings, never values. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Cấu hình sai / invalid configuration:\n  - ${problems.join('\n  - ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type SettingName = keyof typeof SETTINGS;
type ValueOf<S> = S extends SettingSpec<infer T> ? T : never;

/** Values of all settings. */
export type Config = { readonly [K in SettingName]: ValueOf<(typeof SETTINGS)[K]> };

/** One line of `lienthong config check`. */
export interface SettingReport {
  readonly name: string;
  readonly env: string;
  readonly value: string;
  readonly source: 'command line' | 'environment' | 'file' | 'default';
  readonly meaning: string;
}

/** What {@link loadConfig} gives. */
export interface LoadedConfig {
  readonly config: Config;
  readonly report: readonly SettingReport[];
}

/** Where values come from besides the defaults. */
export interface ConfigSources {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly file?: string | undefined;
}

function readConfigFile(file: string | undefined): Record<string, unknown> {
  if (file === undefined) return {};
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new ConfigError([
      `--config ${file}: không đọc được JSON / not readable JSON (${(cause as Error).name})`,
    ]);
  }
}

/** A secret may be given as a file: `NAME_FILE=/run/secrets/x` stands for `NAME`. */
function fromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  secret: boolean,
): string | undefined {
  const direct = env[name];
  if (direct !== undefined && direct !== '') return direct;
  const file = secret ? env[`${name}_FILE`] : undefined;
  if (file === undefined || file === '') return undefined;
  return readFileSync(file, 'utf8').trim();
}

/**
 * Reads all settings.
 * @throws ConfigError naming every wrong setting at once.
 */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const env = sources.env ?? process.env;
  const file = readConfigFile(sources.file);
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const report: SettingReport[] = [];
  for (const [name, spec] of Object.entries(SETTINGS) as [SettingName, SettingSpec<unknown>][]) {
    const flagValue = sources.flags?.[name];
    let envValue: string | undefined;
    try {
      envValue = fromEnvironment(env, spec.env, spec.secret === true);
    } catch (cause) {
      const { code = 'error' } = cause as { code?: string };
      problems.push(`${spec.env}_FILE: không đọc được tệp / the file can't be read (${code})`);
      continue;
    }
    const [raw, source] =
      flagValue !== undefined
        ? ([flagValue, 'command line'] as const)
        : envValue !== undefined
          ? ([envValue, 'environment'] as const)
          : file[name] !== undefined
            ? ([file[name], 'file'] as const)
            : ([spec.fallback, 'default'] as const);
    const parsed = spec.schema.safeParse(raw);
    if (!parsed.success) {
      problems.push(
        `${spec.env} (${name}, ${source}): ${parsed.error.issues.map((issue) => issue.message).join('; ')}`,
      );
      continue;
    }
    values[name] = parsed.data;
    const shown = spec.secret === true && parsed.data !== '' ? '********' : String(parsed.data);
    report.push({ name, env: spec.env, value: shown, source, meaning: spec.meaning });
  }
  for (const unknown of Object.keys(file).filter((name) => !(name in SETTINGS)))
    problems.push(`file: unknown setting ${unknown}`);
  if (problems.length > 0) throw new ConfigError(problems);
  const config = values as unknown as Config;
  assertWholeSetup(config);
  return { config: { ...config, dataDir: resolve(config.dataDir) }, report };
}

/** Passphrase or PIN of the key of a command: LIENTHONG_KEY_PIN, or the file LIENTHONG_KEY_PIN_FILE names; null: neither. */
export function keyPin(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  return fromEnvironment(env, 'LIENTHONG_KEY_PIN', true) ?? null;
}

/** Password of an encrypted PDF for a command: LIENTHONG_PDF_PASSWORD, or the file LIENTHONG_PDF_PASSWORD_FILE names; null: neither. */
export function pdfPassword(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  return fromEnvironment(env, 'LIENTHONG_PDF_PASSWORD', true) ?? null;
}

/** Settings that only make sense together. */
function assertWholeSetup(config: Config): void {
  const problems: string[] = [];
  problems.push(...s3Problems(config));
  if (config.signLevel !== 'B' && config.tsaUrls === '')
    problems.push(
      `LIENTHONG_SIGN_LEVEL: mức ${config.signLevel} cần LIENTHONG_TSA_URLS / level ${config.signLevel} needs LIENTHONG_TSA_URLS`,
    );
  problems.push(...amqpProblems(config));
  const together: [string, string, string[]][] = [
    ['LIENTHONG_VXP_URL', config.vxpUrl, [config.vxpSystemId, config.vxpSecret]],
    ['LIENTHONG_PROVINCIAL_URL', config.provincialUrl, [config.provincialSystemId, config.provincialSecret]],
    [
      'LIENTHONG_PROVINCIAL_USERNAME',
      config.provincialUsername,
      [config.provincialPassword, config.provincialApplicationCode],
    ],
    [
      'LIENTHONG_PORTAL_URL',
      config.portalUrl,
      [config.portalUsername, config.portalPassword, config.portalUnit],
    ],
    ['LIENTHONG_JUDICIAL_URL', config.judicialUrl, [config.judicialAuthKey, config.judicialProvince]],
  ];
  for (const [name, value, companions] of together) {
    if (value !== '' && companions.includes(''))
      problems.push(`${name}: thiếu tài khoản hoặc khoá bí mật đi kèm / its account or secret is missing`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

/** A bucket needs a key, and not two of them. */
function s3Problems({ s3Url, s3AccessKey, s3SecretKey }: Config): string[] {
  const address = readBucketAddress(s3Url);
  if (address === null) return [];
  const inUrl = [address.accessKey, address.secretKey];
  const apart = [s3AccessKey, s3SecretKey];
  const given = [inUrl, apart].filter((pair) => pair.some((part) => part !== ''));
  if (given.length === 1 && given[0]?.every((part) => part !== '')) return [];
  return [
    'S3_URL: cần đúng một cặp khoá, trong địa chỉ hoặc ở LIENTHONG_S3_ACCESS_KEY và LIENTHONG_S3_SECRET_KEY / needs one pair of keys, in the address or in LIENTHONG_S3_ACCESS_KEY and LIENTHONG_S3_SECRET_KEY',
  ];
}

/** Systems that take their mail from the broker themselves: their broker account by their name. */
export function amqpSystems(config: Pick<Config, 'amqpSystems'>): ReadonlyMap<string, string> {
  return new Map(systemPairs(config));
}

function systemPairs({ amqpSystems }: Pick<Config, 'amqpSystems'>): (readonly [string, string])[] {
  const items = amqpSystems.split(',').map((item) => item.trim().split('='));
  return items.flatMap(([name = '', user = '']) => (name === '' ? [] : [[name, user] as const]));
}

/** A queue of its own needs a broker, a name nobody else has, and an account that says which system speaks. */
function amqpProblems(config: Config): string[] {
  const pairs = systemPairs(config);
  const problem = (vi: string, en: string): string => `LIENTHONG_AMQP_SYSTEMS: ${vi} / ${en}`;
  const found: string[] = [];
  if (pairs.length > 0 && config.amqpUrl === '') found.push(problem('cần AMQP_URL', 'needs AMQP_URL'));
  const own = addressList(config.amqpUrl).map((url) => decodeURIComponent(new URL(url).username));
  if (pairs.some(([, user]) => own.includes(user)))
    found.push(problem('tài khoản của chính trục', "the gateway's own account"));
  const [names, users] = [0, 1].map((at) => new Set(pairs.map((pair) => pair[at])));
  if ((names?.size ?? 0) < pairs.length || (users?.size ?? 0) < pairs.length)
    found.push(problem('mỗi hệ thống, mỗi tài khoản chỉ một lần', 'each system and each account once only'));
  const taken = pairs.map(([name]) => name).filter((name) => OWN_SYSTEMS.includes(name));
  if (taken.length > 0)
    found.push(problem(`tên đã dùng: ${taken.join(', ')}`, `names in use: ${taken.join(', ')}`));
  return found;
}

/** Systems of the gateway's own and of its drivers. */
const OWN_SYSTEMS: readonly string[] = [
  'gateway',
  'inbox',
  'vxp',
  'provincial',
  'national-portal',
  'judicial-records',
  'civil-status',
  'linked-service',
  'land-tax',
  'vnpost',
];

/** What `LIENTHONG_COUNTERPARTY_LIMITS` says, by system. */
export function counterpartyLimits(config: Pick<Config, 'counterpartyLimits'>): {
  perSecond: Record<string, number>;
  concurrency: Record<string, number>;
} {
  const perSecond: Record<string, number> = {};
  const concurrency: Record<string, number> = {};
  for (const item of config.counterpartyLimits.split(',')) {
    const found = /^ *([a-z0-9-]+)=([0-9.]+)\/s(?::(\d+))? *$/.exec(item);
    const [, system, rate, atATime] = found ?? [];
    if (system === undefined) continue;
    perSecond[system] = Number(rate);
    if (atATime !== undefined && Number(atATime) > 0) concurrency[system] = Number(atATime);
  }
  return { perSecond, concurrency };
}

/** The retry ladder in seconds, ascending. */
export function retryRungs(config: Pick<Config, 'retryRungsSeconds'>): number[] {
  return config.retryRungsSeconds
    .split(',')
    .map(Number)
    .filter((seconds) => Number.isInteger(seconds) && seconds > 0)
    .sort((a, b) => a - b);
}
