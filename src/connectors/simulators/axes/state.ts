import { randomBytes, randomUUID } from 'node:crypto';
import type { Envelope } from './envelope.ts';

/** A document system connected to an axis, and the agencies it speaks for. */
export interface AxisSystem {
  systemId: string;
  secret: string;
  agencies: { code: string; name: string; otherCode?: string; parentCode?: string; locked?: boolean }[];
}

/** An agency of the axis' directory; `systemId` empty: known, but nobody polls for it. */
export interface AxisAgency {
  id: string;
  code: string;
  otherCode: string;
  parentCode: string;
  name: string;
  mail: string;
  systemId: string;
  locked: boolean;
  deleted: boolean;
  version: number;
  modified: Date;
}

/** One recipient of one accepted package. */
export interface AxisDelivery {
  receiverDocId: string;
  toCode: string;
  systemId: string;
  status: string;
  created: Date;
  updated: Date;
  sent: AxisSent;
}

/** One accepted package. */
export interface AxisSent {
  senderDocId: string;
  systemId: string;
  messageType: 'edoc' | 'status';
  envelope: Omit<Envelope, 'message'>;
  sha256: string;
  sizeBytes: number;
  blobId: string;
  at: Date;
  deliveries: AxisDelivery[];
}

/** Everything an axis knows: systems, agencies, accepted packages. In memory. */
export interface AxisState {
  systems: Map<string, AxisSystem>;
  agencies: Map<string, AxisAgency>;
  sent: AxisSent[];
  /** `times` 2 puts every package twice into the receivers' lists, as an at-least-once axis may. */
  accept(input: Omit<AxisSent, 'deliveries' | 'senderDocId' | 'at'>, times: 1 | 2): AxisSent;
  /** Oldest first. */
  received(systemId: string): readonly AxisDelivery[];
  delivery(systemId: string, docId: string): AxisDelivery | undefined;
  register(agency: Omit<AxisAgency, 'id' | 'version' | 'modified' | 'deleted' | 'locked'>): AxisAgency;
  /** False when the agency is not one of this system's. */
  remove(systemId: string, code: string): boolean;
}

/** Builds the state from the configured systems; `recipients` are agencies without a system. */
export function createAxisState(
  systems: readonly AxisSystem[],
  recipients: readonly { code: string; name: string; locked?: boolean }[],
  now: () => Date,
): AxisState {
  const agencies = new Map<string, AxisAgency>();
  const sent: AxisSent[] = [];
  const bySystem = new Map<string, AxisDelivery[]>();
  const byDocId = new Map<string, AxisDelivery>();
  let version = 0;

  function put(agency: Omit<AxisAgency, 'id' | 'version' | 'modified' | 'deleted'>): AxisAgency {
    version += 1;
    const id = agencies.get(agency.code)?.id ?? String(agencies.size + 1);
    const row = { ...agency, id, version, modified: now(), deleted: false };
    agencies.set(agency.code, row);
    return row;
  }

  for (const system of systems) {
    for (const { code, name, otherCode = '', parentCode = '', locked = false } of system.agencies) {
      put({ code, name, otherCode, parentCode, locked, mail: '', systemId: system.systemId });
    }
  }
  for (const { code, name, locked = false } of recipients) {
    put({ code, name, locked, otherCode: '', parentCode: '', mail: '', systemId: '' });
  }

  function deliver(row: AxisDelivery): void {
    row.sent.deliveries.push(row);
    byDocId.set(row.receiverDocId, row);
    const list = bySystem.get(row.systemId) ?? [];
    list.push(row);
    bySystem.set(row.systemId, list);
  }

  return {
    systems: new Map(systems.map((system) => [system.systemId, system])),
    agencies,
    sent,
    accept(input, times) {
      const at = now();
      const entry: AxisSent = { ...input, senderDocId: randomBytes(12).toString('hex'), at, deliveries: [] };
      for (const toCode of input.envelope.to) {
        for (let copy = 0; copy < times; copy += 1) {
          const systemId = agencies.get(toCode)?.systemId ?? '';
          const receiverDocId = randomUUID();
          deliver({
            receiverDocId,
            toCode,
            systemId,
            status: 'initial',
            created: at,
            updated: at,
            sent: entry,
          });
        }
      }
      sent.push(entry);
      return entry;
    },
    received: (systemId) => bySystem.get(systemId) ?? [],
    delivery(systemId, docId) {
      const row = byDocId.get(docId);
      return row?.systemId === systemId ? row : undefined;
    },
    register: (agency) => put({ ...agency, locked: false }),
    remove(systemId, code) {
      const row = agencies.get(code);
      if (!row || row.deleted || row.systemId !== systemId) return false;
      version += 1;
      agencies.set(code, { ...row, deleted: true, version, modified: now() });
      return true;
    },
  };
}

/** Why an axis refuses a package, in its own codes; undefined when it takes it. */
export function refusalOf(
  state: AxisState,
  systemId: string,
  envelope: Envelope,
  claimed: { from: string; messageType: string },
): { code: string; text: string } | undefined {
  const sender = state.agencies.get(envelope.from);
  if (!sender || sender.deleted || sender.systemId !== systemId) {
    return { code: '19', text: `Đơn vị gửi chưa đăng ký: ${envelope.from}` };
  }
  if (claimed.from !== '' && claimed.from !== envelope.from && claimed.from !== systemId) {
    return { code: '19', text: 'Đơn vị gửi trong tiêu đề khác đơn vị gửi trong gói tin' };
  }
  if ((envelope.kind === 'status') !== (claimed.messageType === 'status')) {
    return { code: '22', text: 'Loại bản tin khác với nội dung gói tin' };
  }
  if (envelope.to.length === 0) return { code: '22', text: 'Gói tin không có đơn vị nhận' };
  const unknown = envelope.to.filter((code) => state.agencies.get(code)?.deleted !== false);
  if (unknown.length > 0) return { code: '18', text: `Đơn vị nhận không tồn tại: ${unknown.join(', ')}` };
  const locked = envelope.to.filter((code) => state.agencies.get(code)?.locked);
  if (locked.length > 0) return { code: '23', text: `Đơn vị nhận bị khoá: ${locked.join(', ')}` };
  return undefined;
}
