/** Load of a faithful client: it sends documents over several connections, and the same again under the same key until it is answered. */
import { randomBytes } from 'node:crypto';
import { AGENCY, letter, sha256, wire } from '../../gateway/support/messages.ts';
import { runWord } from './stage.ts';

/** A document the client was told is accepted. */
export interface Sent {
  readonly documentId: string;
  readonly packageId: string;
  readonly recipients: readonly string[];
  /** SHA-256 of its only file. */
  readonly fileSha256: string;
}

export interface Load {
  /** Accepted so far. */
  readonly sent: readonly Sent[];
  /** Answers by HTTP status; 0: no answer. */
  readonly answers: ReadonlyMap<number, number>;
  /** `Retry-After` of every 503, as it was answered. */
  readonly waits: readonly (string | null)[];
  /** Resolves when `count` more documents were accepted. */
  more(count: number): Promise<void>;
  /** Finishes what is under way. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly urls: () => readonly string[];
  readonly token: string;
  readonly lanes?: number;
  /** Sets of recipients, taken in turn. Default: each of the three ways, then all of them together. */
  readonly recipients?: readonly (readonly string[])[];
  readonly fileBytes?: number;
}

const WAYS: readonly (readonly string[])[] = [
  [AGENCY.ministry.code],
  [AGENCY.department.code],
  [AGENCY.commune.code],
  [AGENCY.ministry.code, AGENCY.department.code, AGENCY.commune.code],
];
/** Between two tries of one request, as a good client waits when it is told nothing better. */
const AGAIN_MS = 100;

/** Starts sending. */
export function startLoad(options: LoadOptions): Load {
  const sent: Sent[] = [];
  const answers = new Map<number, number>();
  const waits: (string | null)[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const word = runWord();
  const ways = options.recipients ?? WAYS;
  let next = 0;
  let stopped = false;

  async function one(): Promise<void> {
    const n = next++;
    const recipients = ways[n % ways.length] ?? [];
    const number = String(n + 1);
    const notation = `F${word}`;
    const file = randomBytes(options.fileBytes ?? 2_000);
    const message = letter(recipients, {
      documentId: `${AGENCY.district.code},2026/11/20,${number}/${notation}`,
      code: { codeNumber: number, codeNotation: notation },
    });
    const body = await wire(message, [{ name: 'tep.bin', bytes: file }]);
    const packageId = await insist(`${notation}-${number}`, body, n);
    if (packageId === null) return;
    sent.push({ documentId: message.documentId, packageId, recipients, fileSha256: sha256(file) });
    for (const wish of waiting.filter(({ count }) => count <= sent.length)) {
      waiting.splice(waiting.indexOf(wish), 1);
      wish.resolve();
    }
  }

  /** @returns null when the load ended before the document was answered. */
  async function insist(key: string, body: Buffer, n: number): Promise<string | null> {
    for (let tries = 0; ; tries += 1) {
      const urls = options.urls();
      const url = urls[(n + tries) % Math.max(1, urls.length)];
      const answer = url === undefined ? null : await post(url, key, body);
      answers.set(answer?.status ?? 0, (answers.get(answer?.status ?? 0) ?? 0) + 1);
      if (answer?.status === 202) return answer.packageId;
      if (answer !== null && answer.status < 500) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
      if (stopped && tries > 600) return null;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  async function post(
    url: string,
    key: string,
    body: Buffer,
  ): Promise<{ status: number; packageId: string; text: string } | null> {
    try {
      const response = await fetch(`${url}/api/v1/packages`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${options.token}`,
          'Content-Type': 'application/xml',
          'Idempotency-Key': key,
        },
        body: new Uint8Array(body),
      });
      if (response.status === 503) waits.push(response.headers.get('retry-after'));
      const text = await response.text();
      const packageId = response.status === 202 ? (JSON.parse(text) as { packageId: string }).packageId : '';
      return { status: response.status, packageId, text };
    } catch {
      return null;
    }
  }

  const lanes = Array.from({ length: options.lanes ?? 6 }, async () => {
    while (!stopped) await one();
  });
  return {
    sent,
    answers,
    waits,
    more: (count) => new Promise((resolve) => waiting.push({ count: sent.length + count, resolve })),
    async stop() {
      stopped = true;
      await Promise.all(lanes);
    },
  };
}
