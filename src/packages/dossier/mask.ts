import { BODIES, type Field, type Shape } from './spec.ts';
import type { Mask } from './spec-fields.ts';
import type { DossierBodies, DossierKind } from './types.ts';

/** Longest part of a number that stays readable. */
const KEPT_SIGNS = 3;

/**
 * A body with everything that tells of a person masked (`personal` in the table), for pages and roles that need not know.
 * Same shape; `Trần Thị Thử` becomes `T*** T*** Thử`, `012345678901` becomes `*********901`.
 */
export function maskDossierBody<K extends DossierKind>(kind: K, body: DossierBodies[K]): DossierBodies[K] {
  return maskShape(BODIES[kind].shape, body as unknown as Record<string, unknown>) as never;
}

function maskShape(shape: Shape, value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      const field = shape.fields[key];
      if (field === undefined) return [key, part];
      return [key, Array.isArray(part) ? part.map((item) => maskField(field, item)) : maskField(field, part)];
    }),
  );
}

function maskField(field: Field, value: unknown): unknown {
  if (typeof field.type !== 'string') {
    return typeof value === 'object' && value !== null
      ? maskShape(field.type, value as Record<string, unknown>)
      : value;
  }
  return field.personal === undefined || typeof value !== 'string' ? value : maskText(field.personal, value);
}

/** One text masked. */
export function maskText(mask: Mask, text: string): string {
  if (text === '' || mask === 'all') return text === '' ? '' : '***';
  if (mask === 'number') {
    const signs = [...text];
    const kept = Math.min(KEPT_SIGNS, Math.floor(signs.length / 3));
    return '*'.repeat(signs.length - kept) + signs.slice(signs.length - kept).join('');
  }
  const words = text.trim().split(/\s+/u);
  return words.map((word, at) => (at === words.length - 1 && at > 0 ? word : `${[...word][0]}***`)).join(' ');
}
