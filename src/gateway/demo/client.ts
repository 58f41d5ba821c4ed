/** A small client of our own HTTP API, as an agency's system would write it. */

/** Calls the API as the holder of one token. */
export interface ApiClient {
  get<T>(path: string): Promise<T>;
  bytes(path: string): Promise<Uint8Array>;
  send<T>(path: string, body: FormData | object, idempotencyKey?: string): Promise<T>;
}

/** A refused call, with the gateway's own words. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, path: string, detail: string) {
    super(`${path}: HTTP ${status}: ${detail}`);
    this.name = 'ApiError';
    this.status = status;
  }
}

export function createApiClient(baseUrl: string, token: string): ApiClient {
  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${baseUrl}${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${token}`, ...init.headers },
    });
    if (!response.ok) throw new ApiError(response.status, path, (await response.text()).slice(0, 1000));
    return response;
  }
  return {
    get: async <T>(path: string) => (await (await call(path)).json()) as T,
    bytes: async (path) => new Uint8Array(await (await call(path)).arrayBuffer()),
    async send<T>(path: string, body: FormData | object, idempotencyKey?: string) {
      const headers: Record<string, string> =
        idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey };
      if (!(body instanceof FormData)) headers['Content-Type'] = 'application/json';
      const response = await call(path, {
        method: 'POST',
        headers,
        body: body instanceof FormData ? body : JSON.stringify(body),
      });
      const isJson = (response.headers.get('content-type') ?? '').includes('json');
      return (isJson ? await response.json() : await response.arrayBuffer()) as T;
    },
  };
}

/** Asks again and again until `done` says so. @throws Error after `timeoutMs`, with what was seen last. */
export async function until<T>(
  ask: () => Promise<T>,
  done: (value: T) => boolean,
  timeoutMs: number,
  everyMs = 100,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (done(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`gave up after ${timeoutMs} ms; last seen: ${JSON.stringify(value).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
