import { z } from 'zod';
import { flag, list, loose, messageType, required, rows } from '../loose.ts';

/** Head of every answer: `{"status":"OK|FAIL","ErrorCode":"0","ErrorDesc":"Success",…}`. */
export const vxpHead = z.object({ status: z.string(), ErrorCode: loose, ErrorDesc: loose, DocId: loose });

/** The head after reading. */
export type VxpHead = z.infer<typeof vxpHead>;

/** `sendEdoc`: the axis must name the document it took; other makers spell the field as the other calls do. */
export const vxpSent = z
  .object({ DocId: loose, DocID: loose, docId: loose })
  .transform(({ DocId, DocID, docId }) => ({ DocId: DocId || DocID || docId }))
  .refine(({ DocId }) => DocId !== '', { path: ['DocId'] });

/** `getReceivedEdocList`. */
export const vxpReceivedList = z.object({
  data: rows(
    z.object({
      docId: required,
      from: loose,
      to: loose,
      messageType,
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
