/** How the table of the dossier package is written: fields, shapes, and short forms for the usual ones. */
/** Types of leaves. */
export type Scalar =
  | 'text'
  | 'integer'
  | 'boolean'
  | 'date-time'
  | 'agency'
  | 'dossier-code'
  | 'procedure-code'
  | 'sha256';

/** One element: its name, type, bounds and meaning. */
export interface Field {
  wire: string;
  /** A scalar, or the shape of an element with children. */
  type: Scalar | Shape;
  /** `one` required, `maybe` optional, `some` a list with at least one, `many` a list that may be empty or absent. */
  count: 'one' | 'maybe' | 'some' | 'many';
  /** Longest text in characters. */
  max?: number;
  /** Allowed numbers. */
  values?: readonly number[];
  /** Tells something of a person; shown masked to those who need not know. */
  personal?: Mask;
  vi: string;
  en: string;
}

/** How a personal value is masked: a name keeps its last word, a number its last three signs, the rest keeps nothing. */
export type Mask = 'name' | 'number' | 'all';

/** The children of an element, in wire order, by the key they have in the value. */
export interface Shape {
  /** Name of the XSD complex type. */
  typeName: string;
  fields: Readonly<Record<string, Field>>;
}

/** Makes sure at compile time that a shape names every key of the type it stands for, and no other. */
export function shapeOf<T>(typeName: string, fields: { readonly [K in keyof Required<T>]: Field }): Shape {
  return { typeName, fields };
}

type Extra = Partial<Pick<Field, 'max' | 'values' | 'personal'>>;

/** One element; the others are short forms of it. */
export function field(
  wire: string,
  type: Field['type'],
  count: Field['count'],
  vi: string,
  en: string,
  extra: Extra = {},
): Field {
  return { wire, type, count, vi, en, ...extra };
}

/** A text of at most `max` characters. */
export function text(wire: string, count: 'one' | 'maybe', max: number, vi: string, en: string): Field {
  return field(wire, 'text', count, vi, en, { max });
}

/** An instant with its zone. */
export function time(wire: string, count: 'one' | 'maybe', vi: string, en: string): Field {
  return field(wire, 'date-time', count, vi, en);
}

/** One of a few numbers. */
export function choice(
  wire: string,
  count: 'one' | 'maybe',
  values: readonly number[],
  vi: string,
  en: string,
): Field {
  return field(wire, 'integer', count, vi, en, { values });
}

/** Numbers of the states of a dossier. */
export const STATES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Marks a field as telling something of a person. */
export function personal(mask: Mask, field: Field): Field {
  return { ...field, personal: mask };
}
