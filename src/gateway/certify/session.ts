/**
 * A certification: an axis of its own on this machine, a partner agency that writes to the client and answers it, and a judge
 * that watches every call. Nothing of it touches the gateway's data or any real counterparty.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  ConnectorError,
  createVxpClient,
  startNationalAxis,
  type VxpClient,
} from '../../connectors/index.ts';
import { judgeEdxml, PackageError, parseEdxml } from '../../packages/index.ts';
import { createScore, type Line, type Report } from './checks.ts';
import { Judge, type ReadPackage, type Sent } from './judge.ts';
import { answerTo, firstLetters, type Letter, type Party, recallOf } from './letters.ts';

/** Who is certified, and where the axis listens. */
export interface SessionOptions {
  /** 0: a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly systemId: string;
  readonly secret: string;
  /** The agency the client speaks for. */
  readonly client: Party;
  /** The agency that writes to it. */
  readonly partner: Party;
  readonly now?: () => Date;
  /** A rule has a new result. */
  changed?(line: Line): void;
}

/** A certification under way. */
export interface Session {
  /** What the client is to be configured with, `…/XrdAdapter/adapter`. */
  readonly baseUrl: string;
  /** Resolves when every required rule has passed. */
  readonly passed: Promise<void>;
  report(): Report;
  close(): Promise<void>;
}

const PARTNER_SYSTEM = 'lienthong.certify';

/** Starts one. Rejects when the port is taken. */
export async function startSession(options: SessionOptions): Promise<Session> {
  const { client, partner, systemId, secret, port, host, now = () => new Date() } = options;
  const score = createScore((line) => options.changed?.(line));
  let markPassed = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    markPassed = resolve;
  });
  let working: Promise<void> = Promise.resolve();
  /** What the partner does goes on behind the client's call, one thing after the other. */
  function then(work: () => Promise<void>): void {
    working = working.then(work).catch((cause: unknown) => {
      // The axis is being closed: there is nobody left to write to.
      if (!(cause instanceof ConnectorError)) throw cause;
    });
  }
  const judge = new Judge(
    score,
    { systemId, secret, partner, now },
    {
      askBack: (document) =>
        then(async () => void judge.sent.push(await speak(await recallOf(document, now())))),
      answer: (document) =>
        then(async () => {
          for (const code of ['01', '03'] as const)
            judge.statuses.push(await speak(await answerTo(document, partner, code, now()), 'status'));
        }),
    },
  );
  const partnerSecret = randomBytes(32).toString('base64url');
  const axis = await startNationalAxis({
    port,
    ...(host === undefined ? {} : { host }),
    now,
    systems: [
      { systemId, secret, agencies: [client] },
      { systemId: PARTNER_SYSTEM, secret: partnerSecret, agencies: [partner] },
    ],
    watch: {
      read: async (content) => judge.read(...(await readPackage(content, now()))),
      called(call) {
        if (call.headers['xroadvnpt-systemid'] === PARTNER_SYSTEM) return;
        judge.called(call);
        if (score.isPassed()) markPassed();
      },
    },
  });
  const voice = createVxpClient({
    baseUrl: axis.baseUrl,
    systemId: PARTNER_SYSTEM,
    secret: partnerSecret,
    now,
  });
  const speak = (letter: Letter, messageType: 'edoc' | 'status' = 'edoc') =>
    deliver(voice, letter, partner, messageType);
  for (const letter of await firstLetters(partner, client, now())) judge.sent.push(await speak(letter));
  return {
    baseUrl: axis.baseUrl,
    passed,
    report: () => ({ passed: score.isPassed(), calls: judge.calls, checks: score.all() }),
    async close() {
      await axis.close();
      await working;
    },
  };
}

/** Hands a letter in as the partner, and learns the number the client will see it under. */
async function deliver(
  voice: VxpClient,
  letter: Letter,
  partner: Party,
  messageType: 'edoc' | 'status',
): Promise<Sent> {
  const { bytes, sha256 } = letter;
  const { docId } = await voice.sendEdoc({
    body: () => Readable.from([bytes]),
    sizeBytes: bytes.length,
    sha256,
    from: partner.code,
    messageType,
  });
  const [row] = await voice.listSent({ messageType, docId });
  return {
    letter,
    docId: row?.receiverDocId ?? '',
    fetched: false,
    done: false,
    answers: [],
  };
}

async function readPackage(
  content: AsyncIterable<Uint8Array>,
  now: Date,
): Promise<[sha256: string, found: ReadPackage]> {
  const hash = createHash('sha256');
  const parts: Uint8Array[] = [];
  for await (const chunk of content) {
    hash.update(chunk);
    parts.push(Uint8Array.from(chunk));
  }
  const sha256 = hash.digest('hex');
  try {
    const parsed = await parseEdxml(Readable.from(parts));
    return [sha256, { message: parsed.message, errors: judgeEdxml(parsed, { now }).errors }];
  } catch (cause) {
    if (!(cause instanceof PackageError)) throw cause;
    const { code, vi, en, details } = cause;
    const { line, column } = details;
    const place = line === undefined || column === undefined ? {} : { line, column };
    return [sha256, { message: null, errors: [{ code, vi, en, ...place }] }];
  }
}
