/** The list of signing keys: `keys.json`, read once at the start. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { type KeyKind, keyKind } from '../keys/index.ts';

/** Kinds of signature on the page. */
export const PROFILES = ['plain', 'leader', 'agency', 'copy', 'appendix', 'incoming', 'issue'] as const;

const entry = z
  .strictObject({
    id: z.string().min(1).max(100),
    agency: z.string().min(1),
    agencyName: z.string().optional(),
    /** Profiles the key may be used for; the leader's key never makes the agency's seal. */
    profiles: z.array(z.enum(PROFILES)).min(1),
    /** Name shown and searched for on the page (leader keys). */
    holder: z.string().optional(),
    /** `CCCD:…` or `MST:…` the certificate must be for. */
    subjectId: z
      .string()
      .regex(/^(CCCD|CMND|HC|MST):\S+$/)
      .optional(),
    p12: z.string().optional(),
    /** Address of a key in a token, HSM or signing service; instead of `p12`. */
    key: z.string().optional(),
    /** Passphrase of the file, or PIN of the token. */
    passFile: z.string().optional(),
    /** Certificates where a token holds only the key. */
    certificates: z.array(z.string()).optional(),
    /** Signatures at the same time; default 2 for tokens. */
    parallel: z.int().min(1).max(64).optional(),
    pss: z.boolean().optional(),
    imagePng: z.string().optional(),
    /** Real width of the image; default what the file states. */
    imageWidthMm: z.number().positive().max(200).optional(),
  })
  .refine((key) => (key.p12 === undefined) !== (key.key === undefined), 'either p12 or key')
  .refine((key) => key.p12 === undefined || key.passFile !== undefined, 'p12 needs passFile');

/** One key of the list, paths absolute. */
export type KeyEntry = Omit<z.infer<typeof entry>, 'p12' | 'key'> & {
  readonly kind: KeyKind;
  /** File or address. */
  readonly address: string;
};

/** Reads the list; a missing file is an empty one. Paths in it are relative to it. @throws ConfigError */
export async function readKeyEntries(file: string): Promise<KeyEntry[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT') return [];
    throw cause;
  }
  const parsed = z.array(entry).safeParse(jsonOf(file, text));
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${file} ${issue.path.join('.')}: ${issue.message}`),
    );
  const at = (path: string): string => resolve(dirname(file), path);
  return parsed.data.map(({ p12, key, ...rest }) => ({
    ...rest,
    kind: key === undefined ? 'pkcs12' : keyKind(key),
    address: key === undefined || keyKind(key) === 'pkcs12' ? at(p12 ?? key ?? '') : key,
    ...(rest.passFile === undefined ? {} : { passFile: at(rest.passFile) }),
    ...(rest.imagePng === undefined ? {} : { imagePng: at(rest.imagePng) }),
    ...(rest.certificates === undefined ? {} : { certificates: rest.certificates.map(at) }),
  }));
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError([`${file}: không phải JSON / not JSON`]);
  }
}
