/** An authority on a local network for a group of tests, and a client that may ask it. */
import { addressRule } from '../../../src/gateway/pki/addresses.ts';
import { createGuardedFetch } from '../../../src/gateway/pki/fetch.ts';
import { hostRule } from '../../../src/gateway/pki/hosts.ts';
import {
  createRevocationClient,
  type RevocationClientOptions,
  validateCertificate,
} from '../../../src/signing/index.ts';
import { type Entity, issue } from '../../signing/x509/authority.ts';
import { crlPoint, informationAccess, startWebServer, type WebServer } from './authority-server.ts';

export const HOUR = 3_600_000;

/** Starts a server before each test of the group it is called in, and ends it after. */
export function networkPki() {
  // The clock of these tests is the machine's: OpenSSL's answers carry it.
  const started = Date.now();
  const span = {
    notBefore: new Date(started - 30 * 24 * HOUR),
    notAfter: new Date(started + 365 * 24 * HOUR),
  };
  const listSpan = { thisUpdate: new Date(started - HOUR), nextUpdate: new Date(started + 24 * HOUR) };
  const anchor = issue('Root', null, { ca: true, ...span });
  let server: WebServer;
  let clock: number;

  beforeEach(async () => {
    server = await startWebServer();
    clock = Date.now();
  });
  afterEach(() => server.close());

  function clientOf(more: Partial<RevocationClientOptions> & { timeoutMs?: number } = {}) {
    const { timeoutMs = 60_000, ...options } = more;
    return createRevocationClient({
      fetch: createGuardedFetch({
        mayAsk: hostRule(server.host),
        mayConnect: addressRule('127.0.0.1'),
        timeoutMs,
      }),
      now: () => clock,
      wait: () => Promise.resolve(),
      ...options,
    });
  }

  async function stateOf(
    leaf: Entity,
    source: ReturnType<typeof clientOf>,
    crls: readonly Uint8Array[] = [],
  ): Promise<{ state: string; detail: string }> {
    const result = await validateCertificate({
      target: leaf.der,
      trust: [anchor.der],
      crls,
      at: new Date(clock),
      source,
    });
    return { state: result.reason ?? 'good', detail: result.detail };
  }

  const withOcsp = (path = '/ocsp') =>
    issue('Signer', anchor, { ...span, extensions: [informationAccess(`${server.url}${path}`)] });
  const withCrl = (...paths: readonly string[]) =>
    issue('Signer', anchor, {
      ...span,
      extensions: [
        crlPoint(...paths.map((path) => (path.startsWith('http') ? path : `${server.url}${path}`))),
      ],
    });

  return {
    started,
    span,
    listSpan,
    anchor,
    server: () => server,
    now: () => clock,
    advance: (ms: number) => {
      clock += ms;
    },
    clientOf,
    stateOf,
    withOcsp,
    withCrl,
  };
}
