/** How the systems of the field write JSON, whatever their own documents say: shared by the schemas of their answers. */
import { z } from 'zod';

/** Numbers, flags, strings and null for the same field; everything becomes a string, null the empty one. */
export const loose = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? '' : String(value)));

/** A field an answer is nothing without, as a string. */
export const required = z.union([z.string().min(1), z.number()]).transform(String);

/** Yes or no: JSON flags, 1, "1", "true", "True". */
export const flag = z
  .union([z.boolean(), z.number(), z.string()])
  .nullish()
  .transform((value) => value === true || value === 1 || /^(1|true)$/i.test(String(value).trim()));

/** A list; the empty one comes as `[]`, null, the empty string, `{}`, or not at all. */
export const list = <T extends z.ZodType>(item: T) => z.preprocess(listed, z.array(item));

/**
 * A list whose rows stand alone: one that can't be read (no document could be fetched by it) is left out, since it must not hold
 * up the mail in the others. An answer of which no row can be read is refused: then the axis has changed its form.
 */
export const rows = <T extends z.ZodType>(item: T) =>
  z.preprocess(listed, z.array(z.unknown())).transform((all, context): z.output<T>[] => {
    const read = all.map((row) => item.safeParse(row));
    const good = read.flatMap(({ success, data }) => (success ? [data] : []));
    const [first] = read;
    if (good.length === 0 && first?.error !== undefined)
      for (const { path, message } of first.error.issues)
        context.addIssue({ code: 'custom', path: [0, ...path], message });
    return good;
  });

function listed(value: unknown): unknown {
  const isNone = value === null || value === undefined || value === '';
  const isEmptyObject = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isNone || isEmptyObject ? [] : value;
}

/** `edoc` or `status`, in any case; '' where a row does not say: it is of the kind that was asked for. */
export const messageType = loose.transform((text): 'edoc' | 'status' | '' => {
  const word = text.trim().toLowerCase();
  return word === 'edoc' || word === 'status' ? word : '';
});
