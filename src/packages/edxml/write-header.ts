import { toWireDate, toWireTimestamp } from '../dates.ts';
import { PackageError } from '../errors.ts';
import type { XmlWriter } from '../xml/writer.ts';
import type {
  Business,
  EdxmlDocument,
  EdxmlMessage,
  EdxmlStatus,
  Organ,
  ResponseFor,
  StaffInfo,
} from './types.ts';
import {
  ORGAN_FIELDS,
  SIGNER_FIELDS,
  STAFF_FIELDS,
  STAFF_FIELDS_QCVN,
  TRACE_ATTRIBUTES,
  WIRE,
} from './wire-names.ts';

/**
 * `vxp`: as the axis library writes (DocumentId after To, `cid:` in both places). `qcvn`: as the standard's clauses go and
 * provinces in the manner of Lạng Sơn write (DocumentId last, Paper after StaffInfo, Mobile before Email, XLink on
 * references, bare identifiers on attachments, an empty DigitalSignature).
 */
export type WireOrder = 'vxp' | 'qcvn';

/** Writes one message's header blocks; knows where unknown elements go back. */
export class HeaderWriter {
  readonly #xml: XmlWriter;
  readonly #order: WireOrder;
  readonly #extensions: ReadonlyMap<string, readonly string[]>;

  constructor(xml: XmlWriter, order: WireOrder, extensions: ReadonlyMap<string, readonly string[]>) {
    this.#xml = xml;
    this.#order = order;
    this.#extensions = extensions;
  }

  message(message: EdxmlMessage): void {
    this.block(WIRE.messageHeader, WIRE.messageHeader, () => {
      if (message.kind === 'status') this.#status(message);
      else this.#document(message);
    });
    const at = WIRE.traceHeaderList;
    if (message.kind === 'document') this.#trace(message);
    // A status has no trace of its own; some systems send one all the same, and it was kept.
    else if (this.hasLeftovers(at)) this.block(at, at, () => undefined);
  }

  /** An element with children; the unknown ones that were read there go last. `path` is the one they were kept under. */
  block(name: string, path: string, write: () => void, attributes: Record<string, string> = {}): void {
    this.#xml.open(prefixed(name), attributes);
    write();
    this.leftovers(path);
    this.#xml.close();
  }

  hasLeftovers(path: string): boolean {
    return this.#extensions.has(path);
  }

  /** Elements kept under `path` when the message was read. */
  leftovers(path: string): void {
    for (const xml of this.#extensions.get(path) ?? []) this.#xml.raw(xml);
  }

  #leaf(name: string, value: unknown, path: string): void {
    this.#xml.leaf(prefixed(name), value, `${path}.${name}`);
  }

  #document(message: EdxmlDocument): void {
    const at = WIRE.messageHeader;
    this.#organ(WIRE.from, message.from, `${at}.${WIRE.from}`);
    for (const [index, organ] of arrayOf(message.to, `${at}.To`).entries()) {
      this.#organ(WIRE.to, organ, `${at}.${WIRE.to}[${index + 1}]`);
    }
    const parts = this.#documentParts(message);
    const order = this.#order === 'vxp' ? VXP_ORDER : QCVN_ORDER;
    for (const name of order) parts[name]();
  }

  #documentParts(message: EdxmlDocument): Record<DocumentPart, () => void> {
    const at = WIRE.messageHeader;
    const leaf = (name: string, value: unknown) => () => this.#leaf(name, value, at);
    return {
      DocumentId: leaf(WIRE.documentId, message.documentId),
      Code: () =>
        this.#group(WIRE.code, message.code, at, (code, path) => {
          this.#leaf(WIRE.codeNumber, code.codeNumber, path);
          this.#leaf(WIRE.codeNotation, code.codeNotation, path);
        }),
      PromulgationInfo: () =>
        this.#group(WIRE.promulgationInfo, message.promulgationInfo, at, (info, path) => {
          this.#leaf(WIRE.place, info.place, path);
          this.#leaf(WIRE.promulgationDate, wireDate(info.promulgationDate, path), path);
        }),
      DocumentType: () =>
        this.#group(WIRE.documentType, message.documentType, at, (type, path) => {
          this.#leaf(WIRE.type, unlessUnread(type.type), path);
          this.#leaf(WIRE.typeDetail, type.typeDetail, path);
          this.#leaf(WIRE.typeName, type.typeName, path);
        }),
      Subject: leaf(WIRE.subject, message.subject),
      Content: leaf(WIRE.contentText, message.content),
      SignerInfo: () => this.#texts(WIRE.signerInfo, message.signerInfo, SIGNER_FIELDS, at),
      DueDate: () => this.#leaf(WIRE.dueDate, wireDate(message.dueDate, `${at}.${WIRE.dueDate}`), at),
      OtherInfo: () => this.#otherInfo(message),
      ResponseFor: () => {
        for (const [index, answered] of arrayOf(
          message.responseFor ?? [],
          `${at}.${WIRE.responseFor}`,
        ).entries()) {
          this.#responseFor(answered, `${at}.${WIRE.responseFor}[${index + 1}]`);
        }
      },
      SteeringType: leaf(WIRE.steeringType, message.steeringType),
      ToPlaces: () => this.#list(WIRE.toPlaces, WIRE.place, message.toPlaces, at),
      ResponseForTask: () => this.#list(WIRE.responseForTask, WIRE.taskCode, message.responseForTask, at),
      ApplicationType: leaf(WIRE.applicationType, message.applicationType),
    };
  }

  #status(message: EdxmlStatus): void {
    const at = WIRE.messageHeader;
    this.#organ(WIRE.from, message.from, `${at}.${WIRE.from}`);
    this.#responseFor(
      objectOf(message.responseFor, `${at}.${WIRE.responseFor}`),
      `${at}.${WIRE.responseFor}`,
    );
    this.#staff(message.staffInfo, at);
    this.#leaf(WIRE.statusCode, message.statusCode, at);
    this.#leaf(WIRE.description, message.description, at);
    this.#leaf(WIRE.timestamp, wireTimestamp(message.timestamp, `${at}.${WIRE.timestamp}`), at);
  }

  #organ(name: string, organ: Organ, path: string): void {
    const value = objectOf(organ, path) as unknown as Record<string, unknown>;
    this.block(name, path, () => {
      for (const [key, wire] of ORGAN_FIELDS) this.#leaf(wire, value[key], path);
    });
  }

  #otherInfo(message: EdxmlDocument): void {
    this.#group(WIRE.otherInfo, message.otherInfo, WIRE.messageHeader, (info, path) => {
      this.#leaf(WIRE.priority, info.priority, path);
      this.#leaf(WIRE.sphereOfPromulgation, info.sphereOfPromulgation, path);
      this.#leaf(WIRE.typerNotation, info.typerNotation, path);
      this.#leaf(WIRE.promulgationAmount, info.promulgationAmount, path);
      this.#leaf(WIRE.pageAmount, info.pageAmount, path);
      this.#leaf(WIRE.replyFors, info.replyFors, path);
      this.#leaf(WIRE.direction, info.direction, path);
      this.#leaf(WIRE.referenceCodes, info.referenceCodes, path);
      this.#list(WIRE.appendixes, WIRE.appendix, info.appendixes, path);
    });
  }

  #responseFor(answered: ResponseFor, path: string): void {
    this.block(WIRE.responseFor, path, () => {
      this.#leaf(WIRE.organId, answered.organId, path);
      this.#leaf(WIRE.code, answered.code, path);
      this.#leaf(WIRE.documentId, answered.documentId, path);
      this.#leaf(WIRE.promulgationDate, wireDate(answered.promulgationDate, path), path);
    });
  }

  #trace(message: EdxmlDocument): void {
    const at = WIRE.traceHeaderList;
    this.block(
      at,
      at,
      () => {
        for (const [index, stop] of arrayOf(message.traceHeaders ?? [], at).entries()) {
          const path = `${at}.${WIRE.traceHeader}[${index + 1}]`;
          this.block(WIRE.traceHeader, path, () => {
            this.#leaf(WIRE.organId, stop.organId, path);
            this.#leaf(WIRE.timestamp, wireTimestamp(stop.timestamp, path), path);
          });
        }
        const path = `${at}.${WIRE.business}`;
        this.#business(objectOf(message.business, path), path);
      },
      traceAttributes(message),
    );
  }

  #business(business: Business, path: string): void {
    const leaf = (name: string, value: unknown) => this.#leaf(name, value, path);
    this.block(WIRE.business, path, () => {
      leaf(WIRE.documentId, business.documentId);
      leaf(WIRE.businessDocType, unlessUnread(business.businessDocType));
      leaf(WIRE.businessDocReason, business.businessDocReason);
      if (this.#order === 'vxp') leaf(WIRE.paper, business.paper);
      this.#businessDocumentInfo(business, path);
      this.#replacements(business, path);
      this.#staff(business.staffInfo, path);
      if (this.#order === 'qcvn') leaf(WIRE.paper, business.paper);
    });
  }

  #businessDocumentInfo(business: Business, at: string): void {
    this.#group(WIRE.businessDocumentInfo, business.businessDocumentInfo, at, (info, path) => {
      this.#leaf(WIRE.documentInfo, info.documentInfo, path);
      this.#leaf(WIRE.documentReceiver, info.documentReceiver, path);
      if (info.receiverList === undefined) return;
      const listPath = `${path}.${WIRE.receiverList}`;
      this.block(WIRE.receiverList, listPath, () => {
        for (const [index, receiver] of arrayOf(info.receiverList, listPath).entries()) {
          const itemPath = `${listPath}.${WIRE.receiver}[${index + 1}]`;
          this.block(WIRE.receiver, itemPath, () => {
            this.#leaf(WIRE.organId, receiver.organId, itemPath);
            this.#leaf(WIRE.receiverType, unlessUnread(receiver.receiverType), itemPath);
          });
        }
      });
    });
  }

  #replacements(business: Business, at: string): void {
    if (business.replacementInfoList === undefined) return;
    const listPath = `${at}.${WIRE.replacementInfoList}`;
    this.block(WIRE.replacementInfoList, listPath, () => {
      for (const [index, info] of arrayOf(business.replacementInfoList, listPath).entries()) {
        const path = `${listPath}.${WIRE.replacementInfo}[${index + 1}]`;
        this.block(WIRE.replacementInfo, path, () => {
          this.#leaf(WIRE.documentId, info.documentId, path);
          this.#list(WIRE.organIdList, WIRE.organId, info.organIdList, path);
        });
      }
    });
  }

  #staff(staff: StaffInfo | undefined, at: string): void {
    this.#texts(WIRE.staffInfo, staff, this.#order === 'vxp' ? STAFF_FIELDS : STAFF_FIELDS_QCVN, at);
  }

  #texts(
    name: string,
    value: object | undefined,
    fields: readonly (readonly [key: string, wire: string])[],
    at: string,
  ): void {
    this.#group(name, value as Record<string, unknown> | undefined, at, (record, path) => {
      for (const [key, wire] of fields) this.#leaf(wire, record[key], path);
    });
  }

  #list(name: string, item: string, values: string[] | undefined, at: string): void {
    if (values === undefined) return;
    const path = `${at}.${name}`;
    this.block(name, path, () => {
      for (const value of arrayOf(values, path)) this.#leaf(item, value, path);
    });
  }

  #group<T extends object>(
    name: string,
    value: T | undefined,
    at: string,
    write: (value: T, path: string) => void,
  ): void {
    if (value === undefined || value === null) return;
    const path = `${at}.${name}`;
    this.block(name, path, () => write(objectOf(value, path), path));
  }
}

type DocumentPart = (typeof VXP_ORDER)[number];

/** After From and To*, as the axis library writes. */
const VXP_ORDER = [
  'DocumentId',
  'Code',
  'PromulgationInfo',
  'DocumentType',
  'Subject',
  'Content',
  'SignerInfo',
  'DueDate',
  'OtherInfo',
  'ResponseFor',
  'SteeringType',
  'ResponseForTask',
  'ApplicationType',
  'ToPlaces',
] as const;

/** After From and To*, as the clauses of QCVN 102 go and some provinces write. */
const QCVN_ORDER: readonly DocumentPart[] = [
  'Code',
  'PromulgationInfo',
  'DocumentType',
  'Subject',
  'Content',
  'SignerInfo',
  'DueDate',
  'ToPlaces',
  'OtherInfo',
  'ResponseFor',
  'SteeringType',
  'DocumentId',
  'ResponseForTask',
  'ApplicationType',
];

/** `edXML:` in front: consumers built on .NET's XmlSerializer refuse children without it. */
export function prefixed(name: string): string {
  return `edXML:${name}`;
}

/** Only the four known ones: a value handed in can't bring declarations or other names. */
function traceAttributes(message: EdxmlDocument): Record<string, string> {
  const given = (message.traceAttributes ?? {}) as Record<string, unknown>;
  const pairs = TRACE_ATTRIBUTES.flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [[name, textOrFail(value, `${WIRE.traceHeaderList}@${name}`)] as const];
  });
  return Object.fromEntries(pairs);
}

/** -1 stands for "not readable" and is not written. */
function unlessUnread(value: number): number | undefined {
  return value === -1 ? undefined : value;
}

function wireDate(value: unknown, path: string): string | undefined {
  return value === undefined || value === null ? undefined : toWireDate(textOrFail(value, path));
}

function wireTimestamp(value: unknown, path: string): string | undefined {
  return value === undefined || value === null ? undefined : toWireTimestamp(textOrFail(value, path));
}

function textOrFail(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw new PackageError('EDXML_BAD_FIELD', { path, reason: 'text expected' });
}

function objectOf<T>(value: T, path: string): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new PackageError('EDXML_BAD_FIELD', { path, reason: 'object expected' });
}

function arrayOf<T>(value: T[] | undefined, path: string): T[] {
  if (Array.isArray(value)) return value;
  throw new PackageError('EDXML_BAD_FIELD', { path, reason: 'list expected' });
}
