/** The answer of RFC 5280 in one word, for tables of cases. */
import { type PathResult, type ValidationInput, validateCertificate } from '../../../src/signing/index.ts';
import { type Entity, NOW, root } from './authority.ts';

/** The root of these tables. */
export const anchor = root();

/** A path from `from` through what lies between, today, revocation left aside. */
export function validate(
  target: Entity,
  from: Entity,
  between: readonly Entity[] = [],
  more: Partial<ValidationInput> = {},
): Promise<PathResult> {
  return validateCertificate({
    target: target.der,
    trust: [from.der],
    intermediates: between.map((entity) => entity.der),
    at: NOW,
    revocation: false,
    ...more,
  });
}

/** `valid`, or why a path from an anchor of the test's own is not. */
export async function reasonUnder(
  target: Entity,
  from: Entity,
  between: readonly Entity[] = [],
  more: Partial<ValidationInput> = {},
): Promise<string> {
  return (await validate(target, from, between, more)).reason ?? 'valid';
}

/** `valid`, or why a path from {@link anchor} is not. */
export function reasonOf(
  target: Entity,
  between: readonly Entity[] = [],
  more: Partial<ValidationInput> = {},
): Promise<string> {
  return reasonUnder(target, anchor, between, more);
}
