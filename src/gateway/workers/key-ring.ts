/** Signing keys the gateway holds for agencies, listed in one JSON file; the keys themselves stay in PKCS#12 files. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { type DocumentSigner, ExchangeError } from '../exchange/index.ts';
import type { CryptoPool } from './pool.ts';

const entry = z.object({
  id: z.string().min(1).max(100),
  agency: z.string().min(1),
  agencyName: z.string().optional(),
  /** Profiles the key may be used for; the leader's key never makes the agency's seal. */
  profiles: z.array(z.enum(['plain', 'leader', 'agency', 'copy', 'appendix', 'incoming'])).min(1),
  /** Name shown and searched for on the page (leader keys). */
  holder: z.string().optional(),
  p12: z.string(),
  passFile: z.string(),
  imagePng: z.string().optional(),
});

export type KeyEntry = z.infer<typeof entry>;

export interface KeyRing {
  readonly keys: readonly KeyEntry[];
  readonly sign: DocumentSigner;
}

/** Reads the list; a missing file is an empty ring. Paths in it are relative to it. */
async function readEntries(file: string): Promise<KeyEntry[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT') return [];
    throw cause;
  }
  const parsed = z.array(entry).safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${file} ${issue.path.join('.')}: ${issue.message}`),
    );
  const at = (path: string): string => resolve(dirname(file), path);
  return parsed.data.map((key) => ({
    ...key,
    p12: at(key.p12),
    passFile: at(key.passFile),
    ...(key.imagePng === undefined ? {} : { imagePng: at(key.imagePng) }),
  }));
}

/** Whether two names are known and differ; case and spacing do not count. */
function isAnother(holder: string | undefined, named: string | undefined): boolean {
  const plain = (name: string): string =>
    name.normalize('NFC').replace(/\s+/g, ' ').trim().toLocaleLowerCase('vi');
  return holder !== undefined && named !== undefined && plain(holder) !== plain(named);
}

/** Opens the ring of `file`; signing runs in `pool`. */
export async function openKeyRing(
  file: string,
  pool: CryptoPool,
  trustDir: string,
  now: () => number,
): Promise<KeyRing> {
  const keys = await readEntries(file);
  return {
    keys,
    async sign(agency, request, pdf, context) {
      const key = keys.find((candidate) => candidate.id === request.key && candidate.agency === agency);
      if (key === undefined || !key.profiles.includes(request.profile)) {
        throw new ExchangeError('KEY_UNKNOWN', {
          vi: `Cơ quan ${agency} không có khoá "${request.key}" dùng cho kiểu ký "${request.profile}".`,
          en: `Agency ${agency} has no key "${request.key}" for the profile "${request.profile}".`,
        });
      }
      if (request.profile === 'leader' && isAnother(key.holder, context.signerName)) {
        throw new ExchangeError('SIGNER_MISMATCH', {
          vi: `Văn bản ghi người ký là "${context.signerName}", còn khoá "${key.id}" là của "${key.holder}".`,
          en: `The document names another signer than the holder of the key "${key.id}".`,
        });
      }
      const signerName = key.holder ?? context.signerName;
      const signed = await pool.sign({
        pdf,
        p12: key.p12,
        passFile: key.passFile,
        trustDir,
        now: now(),
        options: {
          profile: request.profile,
          documentCode: context.documentCode,
          ...(signerName === undefined ? {} : { signerName }),
          ...(request.profile === 'leader' && signerName !== undefined ? { anchorName: signerName } : {}),
          ...(key.agencyName === undefined ? {} : { agencyName: key.agencyName }),
          ...(request.profile === 'copy' ? { copyForm: 'SAO Y' as const } : {}),
          ...(request.reason === undefined ? {} : { reason: request.reason }),
          ...(request.location === undefined ? {} : { location: request.location }),
          ...(key.imagePng === undefined ? {} : { imagePng: await readFile(key.imagePng) }),
        },
      });
      return { pdf: signed, facts: { format: 'PAdES-B-B' } };
    },
  };
}
