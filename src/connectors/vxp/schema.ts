import { z } from 'zod';

/** Axis answers mix numbers, strings and null for the same field; everything becomes a string, null the empty one. */
const loose = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? '' : String(value)));

const required = z.union([z.string().min(1), z.number()]).transform(String);

const flag = z
  .union([z.boolean(), z.number(), z.string()])
  .nullish()
  .transform((value) => value === true || value === 1 || value === '1' || value === 'true');

/** Head of every answer: `{"status":"OK|FAIL","ErrorCode":"0","ErrorDesc":"Success",…}`. */
export const vxpHead = z.object({ status: z.string(), ErrorCode: loose, ErrorDesc: loose, DocId: loose });

/** The head after reading. */
export type VxpHead = z.infer<typeof vxpHead>;

/** Empty lists come as `[]`, null, the empty string, or not at all. */
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (value === null || value === undefined || value === '' ? [] : value),
    z.array(item),
  );

/** `sendEdoc`: the axis must name the document it took. */
export const vxpSent = z.object({ DocId: required });

/** `getReceivedEdocList`. */
export const vxpReceivedList = z.object({
  data: list(
    z.object({
      docId: required,
      from: loose,
      to: loose,
      messageType: z.enum(['edoc', 'status']),
      status: loose,
      created_time: loose,
      updated_time: loose,
    }),
  ),
});

/** `getSentEdocList`; documentId and sha256 come from our own endpoint and simulator only. */
export const vxpSentList = z.object({
  data: list(
    z.object({
      senderDocId: loose,
      receiverDocId: loose,
      fromCode: loose,
      toCode: loose,
      title: loose,
      notation: loose,
      sentTime: loose,
      receivedTime: loose,
      sendStatus: loose,
      receiveStatus: loose,
      messageType: loose,
      documentId: loose,
      sha256: loose,
    }),
  ),
});

/** A row of `getAgenciesList` (oldCode) and `getAgenciesListQD20` (code102). A row without a code is passed over. */
export const vxpAgency = z.object({
  id: loose,
  pid: loose,
  code: loose,
  oldCode: loose,
  code102: loose,
  name: loose,
  mail: loose,
});

/** `getAgenciesListQD20`. */
export const vxpAgencies = z.object({ data: list(vxpAgency.extend({ code: required })) });

/** A row of `getSynchronizeUnit`. */
export const vxpUnit = z.object({
  id: loose,
  pid: loose,
  code: loose,
  oldCode: loose,
  name: loose,
  mail: loose,
  version: loose,
  centerCode: loose,
  deleted: flag,
  modifyDate: loose,
  isAgency: flag,
});

/** `countReceiveEdoc`, `countReceiveStatus`. */
export const vxpCount = z.object({ count: z.coerce.number().int().nonnegative() });
