import type { Envelope, Received } from '../../../src/gateway/bus/index.ts';

let made = 0;

/** A valid envelope to `<system>.normal.H01_01.document`, with its own message id. */
export function envelopeTo(system: string, change: Partial<Envelope> = {}): Envelope {
  made += 1;
  return {
    routingKey: `${system}.normal.H01_01.document`,
    messageId: `m-${process.pid}-${made}`,
    headers: { 'package-id': `p-${made}`, attempt: 1 },
    contentType: 'application/xml',
    body: Buffer.from(`<goi>${made} tiếng Việt</goi>`),
    ...change,
  };
}

/** A system id no other test of this run uses. */
export function freshSystem(): string {
  made += 1;
  return `s${made}`;
}

/** Collects what a handler was given; `take()` waits for the next one, so no test needs to sleep. */
export function createCollector() {
  const waiting: ((message: Received) => void)[] = [];
  const arrived: Received[] = [];
  const all: Received[] = [];
  return {
    all,
    async handle(message: Received): Promise<void> {
      all.push(message);
      const waiter = waiting.shift();
      if (waiter === undefined) arrived.push(message);
      else waiter(message);
    },
    take(): Promise<Received> {
      const message = arrived.shift();
      if (message !== undefined) return Promise.resolve(message);
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** A promise with its handle outside. */
export function createGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** The rejection of `work`, or an Error saying that it resolved. */
export async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection');
}
