import type { Finding } from '../../finding.ts';
import type { ParsedEdxml } from '../parse.ts';
import type { EdxmlMessage } from '../types.ts';
import { type CheckEdxmlOptions, checkEdxml } from './check.ts';

export interface JudgeEdxmlOptions extends CheckEdxmlOptions {
  /**
   * `sending` (default): every rule counts, for a package that is about to enter the axis. `arrival`: for one the axis has
   * taken already; only what leaves no way to deliver it, or to know what it asks for, is an error, the rest is told as
   * warnings. Refusing it would lose a document that its sender believes sent.
   */
  stage?: 'sending' | 'arrival';
}

/**
 * Faults that make a package undeliverable, impossible to enter in a register, or its request unclear: who, to whom, which
 * document, what is wanted.
 */
const FATAL_ON_ARRIVAL: readonly RegExp[] = [
  /^N\.MessageHeader\.(From\.OrganId|To|To\.OrganId|DocumentId|StatusCode|ResponseFor\.(OrganId|DocumentId))$/,
  /^N\.MessageHeader\.(Subject|Code\.CodeNumber|Code\.CodeNotation|PromulgationInfo\.PromulgationDate)$/,
  /^[RMT]\.MessageHeader\.(StatusCode|ResponseFor)$/,
  // A second value two readers could choose differently.
  /^M\.(edXMLEnvelope|AttachmentEncoded(\.Attachment)?|edXMLEnvelope\.(edXMLHeader|edXMLBody))$/,
  /^M\.edXMLEnvelope\.edXMLHeader\.(MessageHeader|TraceHeaderList)$/,
  /^M\.(MessageHeader\.(From|To)|TraceHeaderList\.Bussiness)$/,
  // Or one with elements in it, whose text one reader takes without theirs.
  /^[MT]\.MessageHeader\.(DocumentId|(From|To)\.OrganId)$/,
  /^[NRMT]\.TraceHeaderList\.Bussiness\.(BussinessDocType|ReplacementInfoList)$/,
  /^[MT]\.AttachmentEncoded\.Attachment\.ContentId$/,
  // One reader takes a file from it, another finds none.
  /^M\.AttachmentEncoded\.Attachment\.ContentTransferEncoded$/,
];

/**
 * An arrival's codes are the axis' business: it lists accounts of no known form, and the recipients beside ours are its own
 * to reach. Whether one of them is ours is decided when the document is routed. A code that stands there twice is fatal.
 */
const CODE_FORM = /^M\.MessageHeader\.(From|To)\.OrganId$/;

/**
 * All that is wrong with a package, from reading it and from the rules, each fault once: a number that is none is `T.`, not
 * `N.` as well. Each has its place in the file, where there is one.
 */
export function judgeEdxml(
  parsed: ParsedEdxml,
  options: JudgeEdxmlOptions,
): { errors: Finding[]; warnings: Finding[] } {
  const checked = checkEdxml(parsed.message, options);
  const unread = new Set(parsed.errors.filter(({ code }) => code.startsWith('T.')).map(({ path }) => path));
  const placed = (fault: Finding): Finding => ({ ...fault, ...parsed.placeOf?.(fault.path ?? '') });
  const broken = checked.errors
    .filter(({ code, path }) => !(code.startsWith('N.') && unread.has(path)))
    .map(placed);
  const errors = [...parsed.errors, ...broken];
  const warnings = [...parsed.warnings, ...checked.warnings.map(placed)];
  if (options.stage !== 'arrival') return { errors, warnings };
  const forgiven = new Set(broken.filter(({ code }) => CODE_FORM.test(code)));
  const isFatal = (fault: Finding): boolean =>
    !forgiven.has(fault) && FATAL_ON_ARRIVAL.some((pattern) => pattern.test(fault.code));
  return {
    errors: errors.filter(isFatal),
    warnings: [...errors.filter((fault) => !isFatal(fault)), ...warnings],
  };
}

/** Every agency code a message names, as written and once each: what a directory has to know to judge it. */
export function agencyCodesOf(message: EdxmlMessage): string[] {
  const codes =
    message.kind === 'status'
      ? [message.from.organId, message.responseFor.organId]
      : [
          message.from.organId,
          ...message.to.map((organ) => organ.organId),
          ...message.responseFor.map((answered) => answered.organId),
          ...(message.business.businessDocumentInfo?.receiverList ?? []).map((receiver) => receiver.organId),
          ...(message.business.replacementInfoList ?? []).flatMap((info) => info.organIdList),
        ];
  return [...new Set(codes.filter((code): code is string => code !== undefined && code !== ''))];
}
