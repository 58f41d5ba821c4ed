import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { type Behaviour, behaviourRequest, createBehaviour, type SimulatorMode } from './behaviour.ts';
import { isMadeAgain, workLater } from './later.ts';
import { type Ledger, openLedger } from './ledger.ts';

/** What every simulator can be told at the start. */
export interface SimulatorOptions {
  /** Default 0: a free port. */
  port?: number;
  /** Default 127.0.0.1: a simulator has no business on other interfaces. */
  host?: string;
  /** JSON-lines file of the ledger. Default: memory only. */
  dataFile?: string;
  now?: () => Date;
}

/** A simulator that runs. */
export interface Simulator {
  /** Origin, without trailing slash. */
  url: string;
  ledger: Ledger;
  /** Same as `POST /__sim/behaviour`. */
  behaviour: Behaviour;
  /** Cuts every open connection; resolves when port and ledger are free. */
  close(): Promise<void>;
}

/** Parts handed to the routes of a simulator. */
export interface SimulatorContext {
  ledger: Ledger;
  behaviour: Behaviour;
  now: () => Date;
}

/** The mode this request must be handled in; handlers look for `wrong-session` and `duplicate`. */
export function modeOf(res: Response): SimulatorMode {
  return (res.locals['mode'] as SimulatorMode | undefined) ?? 'ok';
}

/** Starts the HTTP server of a simulator: control under `/__sim`, misbehaviour before `routes`, JSON errors after. */
export async function startSimulatorServer(
  options: SimulatorOptions,
  routes: (app: Express, context: SimulatorContext) => void | Promise<void>,
  how: { misbehaveOverHttp: boolean } = { misbehaveOverHttp: true },
): Promise<Simulator> {
  const now = options.now ?? (() => new Date());
  const ledger = await openLedger({ now, ...(options.dataFile && { file: options.dataFile }) });
  const behaviour = createBehaviour();
  const timers = new Set<NodeJS.Timeout>();
  const app = express().disable('x-powered-by');
  addControl(app, ledger, behaviour);
  if (how.misbehaveOverHttp) app.use(misbehave(behaviour, timers));
  await routes(app, { ledger, behaviour, now });
  app.use(answerFault);
  const server = createServer({ maxHeaderSize: 64 * 1024 }, app);
  const port = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    ledger,
    behaviour,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await ledger.close();
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function addControl(app: Express, ledger: Ledger, behaviour: Behaviour): void {
  app.get('/__sim/ledger', (_req, res) => {
    res.json({ entries: ledger.entries(), duplicates: ledger.duplicates().length });
  });
  app.get('/__sim/behaviour', (_req, res) => {
    res.json(behaviour.state());
  });
  app.post('/__sim/behaviour', express.json(), (req, res) => {
    const parsed = behaviourRequest.safeParse(req.body);
    if (!parsed.success) {
      res
        .status(400)
        .json({ error: 'bad behaviour', fields: parsed.error.issues.map((issue) => issue.path.join('.')) });
      return;
    }
    behaviour.set(parsed.data);
    res.json(behaviour.state());
  });
}

function misbehave(behaviour: Behaviour, timers: Set<NodeJS.Timeout>) {
  const answers = rememberAnswers();
  return (req: Request, res: Response, next: NextFunction): void => {
    if (isMadeAgain(req)) {
      next();
      return;
    }
    const { mode, delayMs } = behaviour.take(req.path);
    res.locals['mode'] = mode;
    if (mode === 'silent') return;
    if (mode === 'late') {
      workLater(req, res, delayMs, timers, next);
      return;
    }
    if (mode === 'error500') {
      drain(req).then(() => res.status(500).type('html').send('<h1>500 Internal Server Error</h1>'), next);
      return;
    }
    const before = mode === 'stale' ? answers.of(req) : undefined;
    if (before !== undefined) {
      drain(req).then(() => res.status(before.status).type(before.type).send(before.body), next);
      return;
    }
    answers.keep(req, res);
    if (mode === 'drop-answer') cutInsteadOfAnswer(res);
    if (mode === 'partial') cutInTheMiddle(res);
    if (mode !== 'slow') {
      next();
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      next();
    }, delayMs);
    timers.add(timer);
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Addresses whose last answer is remembered, and the largest such answer. */
const REMEMBERED = 200;
const REMEMBERED_BYTES = 64 * 1024;

/** The last whole answer under each address. */
function rememberAnswers(): {
  of(req: Request): Answer | undefined;
  keep(req: Request, res: Response): void;
} {
  const last = new Map<string, Answer>();
  const key = (req: Request): string => `${req.method} ${req.originalUrl}`;
  return {
    of: (req) => last.get(key(req)),
    keep(req, res) {
      const end = res.end.bind(res) as (...args: unknown[]) => Response;
      res.end = ((...args: unknown[]) => {
        const [chunk] = args;
        const body = typeof chunk === 'string' || chunk instanceof Uint8Array ? Buffer.from(chunk) : null;
        if (body !== null && body.length <= REMEMBERED_BYTES) {
          if (last.size >= REMEMBERED) last.clear();
          last.set(key(req), { status: res.statusCode, type: res.get('content-type') ?? '', body });
        }
        return end(...args);
      }) as typeof res.end;
    },
  };
}

/** The announced length is that of the whole answer; half of it comes. */
function cutInTheMiddle(res: Response): void {
  const write = res.write.bind(res) as (chunk: Uint8Array, done: () => void) => boolean;
  const half = (chunk: unknown): Response => {
    const whole = Buffer.from(typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : '');
    write(whole.subarray(0, whole.length >> 1), () => res.socket?.destroy());
    return res;
  };
  res.end = half as typeof res.end;
  res.write = ((chunk: unknown) => {
    half(chunk);
    return true;
  }) as typeof res.write;
}

/** The first byte of the answer becomes the end of the connection. */
function cutInsteadOfAnswer(res: Response): void {
  const cut = () => {
    res.socket?.destroy();
    return res;
  };
  res.writeHead = cut as typeof res.writeHead;
  res.write = (() => {
    cut();
    return true;
  }) as typeof res.write;
  res.end = cut as typeof res.end;
}

/** Reads a request body to its end, so that the refusal can be read by a client that sends first and listens later. */
export async function drain(req: Request): Promise<void> {
  for await (const _ of req) {
    // The bytes are of no interest.
  }
}

/** Express tells error handlers by their four parameters. */
function answerFault(error: unknown, req: Request, res: Response, _next: NextFunction): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  req.resume();
  const status = (error as { status?: number }).status ?? 500;
  res.status(status).json({ error: error instanceof Error ? error.message : 'fault' });
}
