import type { Readable } from 'node:stream';
import { createProvincialAxisClient } from '../../provincial-axis/index.ts';
import { createVxpClient } from '../../vxp/index.ts';

/** The axis a document system is connected to; `vxp` is the national axis or a gateway that speaks its protocol. */
export interface AxisConnection {
  kind: 'vxp' | 'provincial';
  baseUrl: string;
  systemId: string;
  secret: string;
}

/** What a recipient does with either axis. */
export interface Mailbox {
  /** What is waiting, oldest first. */
  waiting(): Promise<{ docId: string; to: string }[]>;
  open(docId: string): Promise<Readable>;
  sendStatus(content: { bytes: Uint8Array; sha256: string; from: string }): Promise<string>;
  finish(docId: string, outcome: 'done' | 'fail'): Promise<void>;
}

const LOOK_BACK_MS = 7 * 86_400_000;

/** Opens the mailbox; calls end when `signal` aborts. */
export function openMailbox(axis: AxisConnection, now: () => Date, signal: AbortSignal): Mailbox {
  return axis.kind === 'vxp' ? vxpMailbox(axis, now, signal) : provincialMailbox(axis, now, signal);
}

function vxpMailbox(axis: AxisConnection, now: () => Date, signal: AbortSignal): Mailbox {
  const client = createVxpClient({ ...axis, now, signal });
  return {
    waiting: () => client.listReceived({ messageType: 'edoc' }),
    open: (docId) => client.getEdoc(docId),
    async sendStatus({ bytes, sha256, from }) {
      const body = () => once(bytes);
      return (await client.sendEdoc({ body, sha256, from, sizeBytes: bytes.length, messageType: 'status' }))
        .docId;
    },
    finish: (docId, outcome) => client.updateStatus(docId, outcome),
  };
}

function provincialMailbox(axis: AxisConnection, now: () => Date, signal: AbortSignal): Mailbox {
  const client = createProvincialAxisClient({ ...axis, now, signal });
  return {
    async waiting() {
      const fromDate = new Date(now().getTime() - LOOK_BACK_MS);
      const items = await client.listReceived({ messageType: 'edoc', fromDate, toDate: now() });
      return items.filter((item) => item.status !== 'done' && item.status !== '02');
    },
    open: (docId) => client.getEdoc(docId),
    async sendStatus({ bytes }) {
      return (
        await client.sendEdoc({ body: () => once(bytes), sizeBytes: bytes.length, messageType: 'status' })
      ).docId;
    },
    finish: (docId, outcome) => client.updateStatus(docId, outcome === 'done' ? 'done' : '02'),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
