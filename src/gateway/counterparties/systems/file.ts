/** `systems.json`: ministries and services beside the axes, the portal and judicial records, each an entry, secrets elsewhere. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { parseMapping } from '../../../connectors/index.ts';
import { ConfigError } from '../../config.ts';

/** A secret: in a file of its own, or sealed with the gateway's key (`lienthong secrets seal`). Never in the open. */
const secret = z.union([
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ sealed: z.string().min(1) }),
]);

/** What secrets of this file are sealed for: elsewhere they do not open. */
export const SYSTEMS_SECRET = 'systems.json';

const base = { baseUrl: z.url() };
const procedures = z.array(z.string().max(40)).default([]);
const lgsp = z.strictObject({ tokenUrl: z.url(), consumerKey: z.string().min(1), consumerSecret: secret });

const entry = z.discriminatedUnion('system', [
  z.strictObject({
    system: z.literal('civil-status'),
    ...base,
    provinceCode: z.string().min(1),
    lgsp: lgsp.optional(),
    token: secret.optional(),
    /** Procedure code → module. */
    modules: z.record(z.string(), z.enum(['LTKS', 'LTKT', 'LTKH'])),
  }),
  z.strictObject({ system: z.literal('vnpost'), ...base, customerCode: z.string().min(1), apiKey: secret }),
  z.strictObject({
    system: z.literal('payment'),
    ...base,
    partnerCode: z.string().min(1),
    secret,
    beneficiary: z.strictObject({ account: z.string(), bankCode: z.string(), name: z.string() }),
  }),
  z.strictObject({
    system: z.literal('business-registry'),
    ...base,
    lgsp: lgsp.optional(),
    token: secret.optional(),
  }),
  z.strictObject({
    system: z.literal('population-database'),
    ...base,
    clientId: z.string().min(1),
    username: z.string().min(1),
    apiKey: secret,
    secret,
    officerAccount: z.string().min(1),
  }),
  z.strictObject({ system: z.literal('document-store'), ...base, lgsp: lgsp.optional() }),
  z.strictObject({
    system: z.literal('land-tax'),
    ...base,
    username: z.string().min(1),
    password: secret,
    noticeKey: secret.optional(),
    /** The register's number of the province; without it no dossier is handed to it. */
    provinceId: z.string().min(1).optional(),
    procedures,
  }),
  z.strictObject({
    system: z.literal('linked-service'),
    ...base,
    username: z.string().min(1),
    password: secret,
    /** Agency that handles its dossiers. */
    agency: z.string().min(1),
    fieldCode: z.string().min(1).default('G15-HT'),
    fieldName: z.string().min(1).default('Hộ tịch'),
  }),
  z.strictObject({
    system: z.literal('mapped'),
    ...base,
    mappingFile: z.string().min(1),
    secrets: z.record(z.string(), secret).default({}),
    /** Kinds of dossier messages it is sent. */
    kinds: z.array(z.enum(['dossier', 'payment', 'result', 'supplement', 'fee'])).min(1),
    procedures,
  }),
]);

/** One entry of the file after reading. */
export type SystemEntry = z.infer<typeof entry>;

/** Where a secret is. */
export type SecretPlace = z.infer<typeof secret>;

/** Reads a secret of an entry. */
export type OpenSecret = (place: SecretPlace) => string;

/** The file and what it stands beside. */
export interface SystemsFile {
  readonly entries: readonly SystemEntry[];
  openSecret: OpenSecret;
  /** A mapping named by an entry, checked whole. */
  mapping(file: string): ReturnType<typeof parseMapping>;
}

/**
 * Reads the file; a missing one means no further systems. Paths in it are relative to it.
 * @throws ConfigError naming the entry and field, never a value.
 */
export function readSystemsFile(file: string, unseal: (sealed: string) => string): SystemsFile {
  const at = (path: string): string => resolve(dirname(file), path);
  const problem = (what: string, cause: unknown): ConfigError =>
    new ConfigError([
      `${file}: ${what} (${(cause as { code?: string; name?: string }).code ?? (cause as Error).name})`,
    ]);
  let value: unknown = [];
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ENOENT') throw problem('không đọc được / not readable', cause);
  }
  const parsed = z.array(entry).safeParse(value);
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${file} ${issue.path.join('.')}: ${issue.message}`),
    );
  return {
    entries: parsed.data,
    openSecret(given) {
      if ('sealed' in given)
        try {
          return unseal(given.sealed);
        } catch (cause) {
          throw problem('khoá niêm phong không mở được ở đây / a sealed secret does not open here', cause);
        }
      try {
        return readFileSync(at(given.file), 'utf8').trim();
      } catch (cause) {
        throw problem(`khoá bí mật / secret ${given.file}`, cause);
      }
    },
    mapping(name) {
      try {
        return parseMapping(JSON.parse(readFileSync(at(name), 'utf8')));
      } catch (cause) {
        throw problem(`bản đồ trường / mapping ${name}: ${(cause as Error).message.slice(0, 500)}`, cause);
      }
    },
  };
}
