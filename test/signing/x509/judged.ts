/** The answer of RFC 5280 in one word, for tables of cases. */
import { type ValidationInput, validateCertificate } from '../../../src/signing/index.ts';
import { type Entity, NOW, root } from './authority.ts';

/** The root of these tables. */
export const anchor = root();

/** `valid`, or why a path from the anchor is not. */
export async function reasonOf(
  target: Entity,
  between: readonly Entity[] = [],
  more: Partial<ValidationInput> = {},
): Promise<string> {
  const { reason } = await validateCertificate({
    target: target.der,
    trust: [anchor.der],
    intermediates: between.map((entity) => entity.der),
    at: NOW,
    revocation: false,
    ...more,
  });
  return reason ?? 'valid';
}
