/** Load: closed (so many clients, each sends again when it was answered) or open (so many requests a second, come what may). */
import { Agent, request } from 'node:http';
import type { BenchRequest } from './letters.ts';

/** How load is offered. `perSecond` 0: closed loop with `clients`; else an open loop that never waits for answers. */
export interface Offer {
  readonly clients: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** What a client saw of one request. */
export interface Answer {
  readonly packageId: string;
  /** From when it was due (open loop) or sent (closed loop) to the answer. */
  readonly ms: number;
}

/** Sends one prepared request on a kept connection. @throws Error when the answer is not 202. */
export type Sender = (request: BenchRequest) => Promise<string>;

/** A lean client of the API: node:http with kept connections, so that the client is not what is measured. */
export function createSender(baseUrl: string, token: string, connections: number): Sender {
  const { hostname, port } = new URL(baseUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  return ({ path, contentType, body }) =>
    new Promise((resolve, reject) => {
      const headers = {
        Authorization: `Bearer ${token}`,
        'Content-Type': contentType,
        'Content-Length': body.length,
      };
      const call = request({ hostname, port, path, method: 'POST', agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (answer.statusCode === 202) resolve((JSON.parse(text) as { packageId: string }).packageId);
          else reject(new Error(`HTTP ${answer.statusCode}: ${text.slice(0, 500)}`));
        });
      });
      call.on('error', reject);
      call.end(body);
    });
}

/** Offers load and collects the answers. @returns the answers and how long it took from the first request to the last answer. */
export async function drive(
  offer: Offer,
  make: (n: number) => BenchRequest,
  send: Sender,
): Promise<{ answers: Answer[]; seconds: number }> {
  const answers: Answer[] = [];
  const startedAt = performance.now();
  const endAt = startedAt + offer.seconds * 1000;
  let next = 0;
  async function one(dueAt: number): Promise<void> {
    const packageId = await send(make(next++));
    answers.push({ packageId, ms: performance.now() - dueAt });
  }
  if (offer.perSecond === 0) {
    await Promise.all(
      Array.from({ length: offer.clients }, async () => {
        while (performance.now() < endAt) await one(performance.now());
      }),
    );
  } else {
    const underWay: Promise<void>[] = [];
    const total = offer.perSecond * offer.seconds;
    while (underWay.length < total) {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * offer.perSecond) + 1);
      while (underWay.length < due)
        underWay.push(one(startedAt + (underWay.length / offer.perSecond) * 1000));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(underWay);
  }
  return { answers, seconds: (performance.now() - startedAt) / 1000 };
}
