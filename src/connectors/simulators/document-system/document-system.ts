import { type EdxmlDocument, PackageError } from '../../../packages/index.ts';
import { ConnectorError } from '../../errors.ts';
import { effectKey, envelopeOf } from '../axes/envelope.ts';
import type { Behaviour, SimulatorMode } from '../kit/behaviour.ts';
import type { Ledger } from '../kit/ledger.ts';
import { type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';
import { type AxisConnection, type Mailbox, openMailbox } from './mailbox.ts';
import { buildStatus, readPackage } from './reading.ts';
import { inboxPage } from './view.ts';

/** Settings of the simulated document management system of one agency. */
export interface DocumentSystemOptions extends SimulatorOptions {
  axis: AxisConnection;
  agencyCode: string;
  agencyName: string;
  /** Judges one attached file. Default: nothing is judged. */
  verify?: (bytes: Uint8Array, name: string) => Promise<{ verdict: string }>;
  /** Time between two looks at the axis. Default 1,000; 0: only when `poll()` is called. */
  pollMs?: number;
  /** What it answers to a document, in order. Default 01, 03. A failed signature gets 02 after the 01 instead. */
  statuses?: readonly string[];
}

/** A document in the inbox of the simulated system. */
export interface InboxItem {
  docId: string;
  from: string;
  documentId: string;
  notation: string;
  subject: string;
  receivedAt: string;
  files: { name: string; sizeBytes: number; verdict: string }[];
  statuses: string[];
}

/** What one look at the axis did. */
export interface PollOutcome {
  /** Documents finished with. */
  handled: number;
  /** Why something was put off to the next look; the messages carry no personal data. */
  problems: string[];
}

/** The simulator. */
export interface DocumentSystem extends Simulator {
  inbox(): readonly InboxItem[];
  /** Looks at the axis once; looks never overlap. */
  poll(): Promise<PollOutcome>;
}

/** Documents handled at the same time. */
const LANES = 4;

interface Parts {
  options: DocumentSystemOptions;
  mailbox: Mailbox;
  ledger: Ledger;
  behaviour: Behaviour;
  inbox: InboxItem[];
  /** What was done with each delivery, by docId; read back from the ledger at the start. */
  done: Map<string, { duplicate: boolean; said: Set<string> }>;
  now: () => Date;
}

/** Starts a document system that polls its axis, unpacks, verifies, and answers with status messages. */
export async function startDocumentSystem(options: DocumentSystemOptions): Promise<DocumentSystem> {
  const now = options.now ?? (() => new Date());
  const stop = new AbortController();
  const inbox: InboxItem[] = [];
  const simulator = await startSimulatorServer(
    options,
    (app) => {
      app.get('/', (_req, res) => void res.type('html').send(inboxPage(options.agencyName, inbox)));
      app.get('/inbox', (_req, res) => void res.json(inbox));
    },
    { misbehaveOverHttp: false },
  );
  const mailbox = openMailbox(options.axis, now, stop.signal);
  const { ledger, behaviour } = simulator;
  const parts: Parts = { options, mailbox, inbox, now, ledger, behaviour, done: readBack(ledger) };
  const poller = createPoller(() => pollOnce(parts), options.pollMs ?? 1_000);
  return {
    ...simulator,
    inbox: () => inbox,
    poll: poller.poll,
    async close() {
      stop.abort();
      await poller.stop();
      await simulator.close();
    },
  };
}

function readBack(ledger: Ledger): Parts['done'] {
  const done: Parts['done'] = new Map();
  for (const entry of ledger.entries()) {
    if (entry.kind === 'received')
      done.set(entry.id, { duplicate: entry.duplicateOf !== undefined, said: new Set() });
    if (entry.kind === 'status-sent')
      done.get(String(entry.facts?.['docId']))?.said.add(String(entry.facts?.['statusCode']));
  }
  return done;
}

/** One look after another: by the timer, or sooner when asked. */
function createPoller(look: () => Promise<PollOutcome>, pollMs: number) {
  let running: Promise<PollOutcome> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  function schedule(): void {
    if (!stopped && pollMs > 0) timer = setTimeout(() => void poll(), pollMs);
  }
  async function poll(): Promise<PollOutcome> {
    clearTimeout(timer);
    await running;
    if (stopped) return { handled: 0, problems: ['stopped'] };
    running ??= look().finally(() => {
      running = undefined;
      schedule();
    });
    return running;
  }
  schedule();
  return {
    poll,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function pollOnce(parts: Parts): Promise<PollOutcome> {
  const outcome: PollOutcome = { handled: 0, problems: [] };
  const { mode } = parts.behaviour.take('/poll');
  if (mode === 'silent' || mode === 'error500' || mode === 'wrong-session')
    return { handled: 0, problems: [mode] };
  try {
    const mine = (await parts.mailbox.waiting()).filter((item) => item.to === parts.options.agencyCode);
    const next = mine.values();
    const lane = async () => {
      for (const item of next) {
        const problem = await handle(parts, item.docId, mode);
        if (problem) outcome.problems.push(problem);
        else outcome.handled += 1;
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  } catch (error) {
    outcome.problems.push(describe(error));
  }
  return outcome;
}

/** Everything for one document; what fails is put off to the next look, and what was done is not done again. */
async function handle(parts: Parts, docId: string, mode: SimulatorMode): Promise<string | undefined> {
  try {
    const read = await readPackage(await parts.mailbox.open(docId));
    if (read.message.kind !== 'document') {
      await parts.mailbox.finish(docId, 'fail');
      return undefined;
    }
    const files: InboxItem['files'] = [];
    for (const { name, bytes } of read.files) {
      const verdict = (await parts.options.verify?.(bytes, name))?.verdict ?? 'NOT-CHECKED';
      files.push({ name, sizeBytes: bytes.length, verdict });
    }
    const fresh = await receive(parts, docId, read.message, read.sha256, files);
    if (fresh) await answer(parts, docId, read.message, files, mode === 'duplicate' ? 2 : 1);
    if (mode !== 'drop-answer') await parts.mailbox.finish(docId, 'done');
    return undefined;
  } catch (error) {
    if (!(error instanceof PackageError)) return describe(error);
    await parts.ledger.append({
      kind: 'unreadable',
      id: docId,
      key: docId,
      sha256: '',
      from: '',
      to: [],
      facts: { code: error.code },
    });
    return parts.mailbox.finish(docId, 'fail').then(() => undefined, describe);
  }
}

/**
 * Records the arrival once per delivery; false when the same document came before under another delivery id, which gets
 * no second answer.
 */
async function receive(
  parts: Parts,
  docId: string,
  document: EdxmlDocument,
  sha256: string,
  files: InboxItem['files'],
): Promise<boolean> {
  const known = parts.done.get(docId);
  if (known) return !known.duplicate;
  const envelope = envelopeOf(document);
  const { agencyCode } = parts.options;
  const entry = await parts.ledger.append({
    kind: 'received',
    id: docId,
    key: `${effectKey(envelope, sha256)}|${agencyCode}`,
    sha256,
    from: envelope.from,
    to: [agencyCode],
    facts: {
      documentId: document.documentId,
      files: files.length,
      verdicts: files.map((file) => file.verdict).join(' '),
    },
  });
  parts.done.set(docId, { duplicate: entry.duplicateOf !== undefined, said: new Set() });
  if (entry.duplicateOf !== undefined) return false;
  const { from, documentId, notation, subject } = envelope;
  parts.inbox.push({
    docId,
    from,
    documentId,
    notation,
    subject,
    receivedAt: entry.time,
    files,
    statuses: [],
  });
  return true;
}

async function answer(
  parts: Parts,
  docId: string,
  document: EdxmlDocument,
  files: InboxItem['files'],
  times: 1 | 2,
): Promise<void> {
  const said = parts.done.get(docId)?.said ?? new Set();
  for (const statusCode of statusesFor(parts.options, document, files)) {
    if (said.has(statusCode)) continue;
    for (let copy = 0; copy < times; copy += 1) await say(parts, docId, document, statusCode);
    said.add(statusCode);
  }
}

async function say(parts: Parts, docId: string, document: EdxmlDocument, statusCode: string): Promise<void> {
  const { agencyCode, agencyName } = parts.options;
  const status = await buildStatus(
    document,
    statusCode,
    { organId: agencyCode, organName: agencyName },
    parts.now(),
  );
  const id = await parts.mailbox.sendStatus(status);
  await parts.ledger.append({
    kind: 'status-sent',
    id,
    key: `${docId}|${statusCode}`,
    sha256: status.sha256,
    from: agencyCode,
    to: [document.from.organId],
    facts: { docId, statusCode },
  });
  parts.inbox.find((item) => item.docId === docId)?.statuses.push(statusCode);
}

/** A revoked, updated or replaced document is agreed to (15); a failed signature is refused (02). */
function statusesFor(
  options: DocumentSystemOptions,
  document: EdxmlDocument,
  files: InboxItem['files'],
): readonly string[] {
  const statuses = options.statuses ?? ['01', '03'];
  if (files.some((file) => file.verdict === 'TOTAL-FAILED'))
    return statuses.includes('01') ? ['01', '02'] : ['02'];
  if (document.business.businessDocType > 0) return ['01', '15'];
  return statuses;
}

function describe(error: unknown): string {
  return error instanceof ConnectorError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? error.message
      : 'fault';
}
