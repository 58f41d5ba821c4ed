/** The pinned fingerprints of `certs/anchors.json`: what may become a trust anchor without anybody's word. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const pin = z.object({
  id: z.string(),
  /** `root` may be an anchor; `issuing` is an intermediate, trusted only through its root. */
  role: z.enum(['root', 'issuing']),
  /** Trust set it belongs to. */
  set: z.string(),
  issuedBy: z.string().optional(),
  system: z.string(),
  subject: z.string().nullable(),
  sha256: z.string().regex(/^[0-9A-F]{64}$/),
  notBefore: z.string().nullable(),
  notAfter: z.string().nullable(),
  url: z.string().nullable(),
  crl: z.string().optional(),
  ocsp: z.string().optional(),
});

/** One pinned certificate. */
export type Pin = z.infer<typeof pin>;

const FILE = new URL('../../../certs/anchors.json', import.meta.url);

/** All pins, in the order of the file. */
export const PINS: readonly Pin[] = z
  .object({ anchors: z.array(pin) })
  .parse(JSON.parse(readFileSync(FILE, 'utf8'))).anchors;

/** The pin of a certificate by its SHA-256 (hex, any case), or undefined. */
export function pinOf(sha256: string): Pin | undefined {
  return PINS.find((entry) => entry.sha256 === sha256.toUpperCase());
}
