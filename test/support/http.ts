import nock from 'nock';

/**
 * The one door to nock: for answers no true server in this repository gives. A call nobody prepared is refused, and an
 * answer nobody asked for fails the test.
 */

// Importing nock takes over HTTP for the whole process; it is let in only while answers are prepared.
nock.restore();

export interface PreparedAnswer {
  method?: 'GET' | 'POST';
  /** Origin, e.g. `http://axis.test`. */
  origin: string;
  path: string;
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Fail at network level with this code instead of answering. */
  networkError?: string;
}

/** Requests nock saw, for assertions on what was sent. */
export interface SeenRequest {
  path: string;
  headers: Record<string, string | string[]>;
  body: string;
}

/** Prepares answers in order, refuses every other call off this machine, and checks at the end that all were used. */
export async function withPreparedHttp<T>(
  answers: PreparedAnswer[],
  run: (seen: SeenRequest[]) => Promise<T>,
): Promise<T> {
  const seen: SeenRequest[] = [];
  nock.activate();
  nock.disableNetConnect();
  for (const answer of answers) prepare(answer, seen);
  try {
    const result = await run(seen);
    const unused = nock.pendingMocks();
    if (unused.length > 0) throw new Error(`prepared answers nobody asked for: ${unused.join(', ')}`);
    return result;
  } finally {
    nock.cleanAll();
    nock.enableNetConnect();
    nock.restore();
  }
}

function prepare(answer: PreparedAnswer, seen: SeenRequest[]): void {
  const scope = nock(answer.origin);
  const interceptor = answer.method === 'GET' ? scope.get(answer.path) : scope.post(answer.path);
  if (answer.networkError) {
    interceptor.replyWithError(Object.assign(new Error(answer.networkError), { code: answer.networkError }));
    return;
  }
  interceptor.reply(function reply(path, body) {
    const headers = this.req.headers as Record<string, string | string[]>;
    seen.push({ path, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
    return [
      answer.status ?? 200,
      answer.body ?? '',
      answer.headers ?? { 'content-type': 'application/json' },
    ];
  });
}
