/** Calls to the gateway's HTTP API as one holder of a token, with the answers a test asks about. */
import { expect } from 'chai';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; typed loosely because tests look at single fields. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly json: any;
}

export interface DeliverySeen {
  deliveryId: string;
  recipient: string;
  system: string;
  state: string;
  status: string | null;
  recall: string | null;
  attempts: number;
  remoteId: string | null;
  reason: { code: string; text: string } | null;
}

export interface PackageSeen {
  packageId: string;
  kind: string;
  state: string;
  sha256: string;
  documentId: string;
  deliveries: DeliverySeen[];
  verifications: { name: string; verdict: string }[];
}

export interface EventSeen {
  type: string;
  actor: string;
  recipient: string | null;
  data: Record<string, unknown>;
}

export interface Api {
  readonly token: string;
  call(
    method: string,
    path: string,
    init?: { body?: Blob | FormData | string; headers?: Record<string, string> },
  ): Promise<Answer>;
  get(path: string): Promise<Answer>;
  postJson(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  postXml(bytes: Uint8Array, headers?: Record<string, string>): Promise<Answer>;
  postForm(
    path: string,
    metadata: unknown,
    files?: Record<string, Uint8Array>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  package(id: string): Promise<PackageSeen>;
  events(id: string): Promise<EventSeen[]>;
  inbox(query?: string): Promise<{ items: Record<string, string>[]; cursor: string }>;
}

/** Speaks with `baseUrl`; `token` empty: nobody. */
export function createApi(baseUrl: string, token: string): Api {
  const api: Api = {
    token,
    async call(method, path, init = {}) {
      const headers = { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...init.headers };
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers,
        ...(init.body === undefined ? {} : { body: init.body }),
      });
      const text = await response.text();
      const isJson = (response.headers.get('content-type') ?? '').includes('json');
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
      };
    },
    get: (path) => api.call('GET', path),
    postJson: (path, body, headers = {}) =>
      api.call('POST', path, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    postXml: (bytes, headers = {}) =>
      api.call('POST', '/api/v1/packages', {
        body: new Blob([Uint8Array.from(bytes)]),
        headers: { 'content-type': 'application/xml', ...headers },
      }),
    postForm(path, metadata, files = {}, headers = {}) {
      const form = new FormData();
      if (metadata !== undefined) form.set('metadata', JSON.stringify(metadata));
      for (const [name, bytes] of Object.entries(files))
        form.append('file', new Blob([Uint8Array.from(bytes)]), name);
      return api.call('POST', path, { body: form, headers });
    },
    async package(id) {
      const answer = await api.get(`/api/v1/packages/${id}`);
      expect(answer.status, answer.text).to.equal(200);
      return answer.json as PackageSeen;
    },
    async events(id) {
      const answer = await api.get(`/api/v1/packages/${id}/timeline`);
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.json.chainIntact, 'chain of events').to.equal(true);
      return answer.json.events as EventSeen[];
    },
    async inbox(query = '') {
      const answer = await api.get(`/api/v1/inbox${query}`);
      expect(answer.status, answer.text).to.equal(200);
      return answer.json;
    },
  };
  return api;
}

/** The id of an accepted package. */
export function acceptedId(answer: Answer): string {
  expect(answer.status, answer.text).to.equal(202);
  return answer.json.packageId as string;
}
