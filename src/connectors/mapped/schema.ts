import { z } from 'zod';

const expression = z.string().min(1).max(10_000).describe('JSONata');

/** One call of the outside system. */
const operation = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT']).default('POST'),
  /** Path after the base address; `{expression}` parts are filled in and escaped. */
  path: z.string().regex(/^\//).max(500),
  /** Header → text; `$secret.name` stands for a secret. */
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,60}$/), z.string().max(500)).default({}),
  /** `json`: the value as JSON; `soap`: the value as the children of the SOAP body element `element`. */
  encoding: z.enum(['json', 'soap']).default('json'),
  element: z
    .string()
    .regex(/^[A-Za-z_][\w.-]*$/)
    .optional(),
  namespace: z.string().max(200).optional(),
  soapAction: z.string().max(200).optional(),
  /** Input → body. */
  request: expression.optional(),
  /** Answer → true when it went well. Default: any 2xx. */
  ok: expression.optional(),
  /** Answer → true when what was to be made is there already: then nothing is wrong. */
  exists: expression.optional(),
  /** Answer → true when trying again later can help. */
  retry: expression.optional(),
  /** Answer → the other side's code and words. */
  errorCode: expression.optional(),
  errorMessage: expression.optional(),
  /** Answer → what the caller gets. */
  result: expression.optional(),
});

/** A mapping file. */
export const mapping = z.strictObject({
  system: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  title: z.object({ vi: z.string(), en: z.string() }),
  operations: z.record(z.string().regex(/^[a-zA-Z]\w{0,40}$/), operation),
});

/** Anything JSON; what it must be is said by the mapping's own expressions. */
export const anyAnswer = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown()), z.null()]);
