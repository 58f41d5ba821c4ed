/** A small true signing service: Cloud Signature Consortium API v2, with keys that really sign and rules that really refuse. */
import { createHash, createPublicKey, randomBytes, randomUUID, X509Certificate } from 'node:crypto';
import express, { type Express, type Request, type Response } from 'express';
import type { Ledger } from '../kit/ledger.ts';
import { type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';
import { CscRefusal } from './refusal.ts';
import { type CscCredential, createVault, type SentCode, type Vault } from './vault.ts';

/** Settings of the service. */
export interface SigningServiceOptions extends SimulatorOptions {
  readonly credentials: readonly CscCredential[];
  /** One account: by Basic at `auth/login`, and as OAuth 2.0 client. */
  readonly username: string;
  readonly password: string;
  /** Default 3600. */
  readonly tokenSeconds?: number;
  /** Signatures a second, one after the other, as a token behind the service would give them; default: as many as it can. */
  readonly operationsPerSecond?: number;
}

/** A service that runs. */
export interface SigningService extends Simulator {
  /** Base of the API. */
  readonly baseUrl: string;
  /** One-time codes sent to holders, newest last. */
  readonly sentCodes: readonly SentCode[];
  /** Forgets all access tokens, as a restart of the service would. */
  forgetTokens(): void;
}

/** Path of the API. */
export const CSC_BASE_PATH = '/csc/v2';
const BODY_LIMIT = '1mb';

const METHODS = [
  'auth/login',
  'oauth2/token',
  'credentials/list',
  'credentials/info',
  'credentials/authorize',
  'credentials/getChallenge',
  'credentials/sendOTP',
  'signatures/signHash',
];

function keyFacts(held: CscCredential): object {
  if (held.key.asymmetricKeyType === 'ec')
    return { status: 'enabled', algo: ['1.2.840.10045.2.1'], len: 256, curve: '1.2.840.10045.3.1.7' };
  const len = createPublicKey(held.key).asymmetricKeyDetails?.modulusLength ?? 2048;
  return { status: 'enabled', algo: ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10'], len };
}

function authFacts(held: CscCredential): object {
  const objects = [
    ...(held.pin === undefined ? [] : [{ type: 'Password', id: 'PIN', format: 'N', label: 'PIN' }]),
    ...(held.otp === true ? [{ type: 'ChallengeResponse', id: 'OTP', format: 'N', label: 'OTP' }] : []),
  ];
  if (objects.length === 0) return { mode: 'implicit' };
  return { mode: 'explicit', expression: objects.map(({ id }) => id).join(' AND '), objects };
}

function infoOf(held: CscCredential): object {
  const [leaf] = held.certificates;
  const certificate = leaf === undefined ? undefined : new X509Certificate(leaf);
  return {
    description: 'Khoá ký thử nghiệm',
    key: keyFacts(held),
    cert: {
      status: 'valid',
      certificates: held.certificates.map((der) => Buffer.from(der).toString('base64')),
      subjectDN: certificate?.subject,
      issuerDN: certificate?.issuer,
      serialNumber: certificate?.serialNumber,
    },
    auth: authFacts(held),
    SCAL: String(held.scal ?? 1),
    multisign: held.multisign ?? 1000,
    lang: 'vi-VN',
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** `authData` of version 2; `PIN` and `OTP` of version 1. */
function givenIn(body: Record<string, unknown>): Map<string, string> {
  const given = new Map<string, string>();
  for (const one of Array.isArray(body['authData']) ? body['authData'] : []) {
    const { id, value } = (one ?? {}) as { id?: unknown; value?: unknown };
    if (typeof id === 'string' && typeof value === 'string') given.set(id, value);
  }
  for (const name of ['PIN', 'OTP'])
    if (typeof body[name] === 'string' && !given.has(name)) given.set(name, body[name]);
  return given;
}

function refuse(res: Response, cause: unknown): void {
  if (!(cause instanceof CscRefusal)) throw cause;
  res.status(400).json({ error: cause.word, error_description: cause.message });
}

interface Tokens {
  issue(): { access_token: string; token_type: 'Bearer'; expires_in: number };
  isGood(header: string | undefined): boolean;
  clear(): void;
}

function createTokens(seconds: number, now: () => number): Tokens {
  const tokens = new Map<string, number>();
  return {
    issue() {
      const access_token = randomBytes(24).toString('base64url');
      tokens.set(access_token, now() + seconds * 1000);
      return { access_token, token_type: 'Bearer', expires_in: seconds };
    },
    isGood: (header) => (tokens.get(/^Bearer (\S+)$/.exec(header ?? '')?.[1] ?? '') ?? 0) > now(),
    clear: () => tokens.clear(),
  };
}

function addSignIn(app: Express, options: SigningServiceOptions, tokens: Tokens): void {
  app.post(`${CSC_BASE_PATH}/auth/login`, (req, res) => {
    const expected = Buffer.from(`${options.username}:${options.password}`).toString('base64');
    if (req.get('authorization') !== `Basic ${expected}`)
      res
        .status(401)
        .json({ error: 'authentication_error', error_description: 'Wrong username or password' });
    else res.json(tokens.issue());
  });
  const form = express.urlencoded({ extended: false, limit: '8kb' });
  app.post(`${CSC_BASE_PATH}/oauth2/token`, form, (req, res) => {
    const body = (req.body ?? {}) as Record<string, unknown>;
    if (body['grant_type'] !== 'client_credentials')
      res.status(400).json({ error: 'unsupported_grant_type' });
    else if (body['client_id'] !== options.username || body['client_secret'] !== options.password)
      res.status(401).json({ error: 'invalid_client' });
    else res.json(tokens.issue());
  });
}

/** A key that does so many operations a second, one after the other. */
function pacer(perSecond: number | undefined): (operations: number) => Promise<void> {
  if (perSecond === undefined) return async () => undefined;
  let free = 0;
  return async (operations) => {
    const now = performance.now();
    free = Math.max(free, now) + (operations * 1000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, free - now));
  };
}

function addCalls(
  app: Express,
  vault: Vault,
  tokens: Tokens,
  ledger: Ledger,
  pace: ReturnType<typeof pacer>,
): void {
  type Answer = object | null | Promise<object>;
  const call = (name: string, answer: (body: Record<string, unknown>) => Answer): void => {
    app.post(`${CSC_BASE_PATH}/${name}`, async (req: Request, res: Response) => {
      if (!tokens.isGood(req.get('authorization'))) {
        res.status(401).json({ error: 'invalid_token', error_description: 'Invalid access token' });
        return;
      }
      try {
        const value = await answer((req.body ?? {}) as Record<string, unknown>);
        if (value === null) res.status(204).end();
        else res.json(value);
      } catch (cause) {
        refuse(res, cause);
      }
    });
  };
  call('credentials/list', () => ({ credentialIDs: vault.ids }));
  call('credentials/info', (body) => infoOf(vault.credential(body['credentialID'])));
  for (const name of ['credentials/getChallenge', 'credentials/sendOTP'])
    call(name, (body) => {
      vault.sendCode(body['credentialID']);
      return null;
    });
  call('credentials/authorize', (body) =>
    vault.authorise(body['credentialID'], body['numSignatures'], texts(body['hashes']), givenIn(body)),
  );
  call('signatures/signHash', async (body) => {
    const hashes = texts(body['hashes']);
    const id = body['credentialID'];
    const signatures = vault.sign(id, body['SAD'], hashes, body['hashAlgorithmOID'], body['signAlgo']);
    await pace(hashes.length);
    await ledger.append({
      kind: 'signHash',
      id: randomUUID(),
      key: hashes.join(),
      sha256: createHash('sha256').update(hashes.join()).digest('hex'),
      from: String(id),
      to: [],
      facts: { count: hashes.length },
    });
    return { signatures };
  });
}

/** Starts the service. Codes "sent" to holders are at `GET /__sim/codes`. */
export async function startSigningService(options: SigningServiceOptions): Promise<SigningService> {
  let vault: Vault | undefined;
  let tokens: Tokens | undefined;
  const simulator = await startSimulatorServer(options, (app, { now, ledger }) => {
    const clock = (): number => now().getTime();
    const opened = createVault(options.credentials, clock);
    const issued = createTokens(options.tokenSeconds ?? 3600, clock);
    [vault, tokens] = [opened, issued];
    app.get('/__sim/codes', (_req, res) => {
      res.json(opened.sent);
    });
    app.use(CSC_BASE_PATH, express.json({ limit: BODY_LIMIT }));
    app.post(`${CSC_BASE_PATH}/info`, (_req, res) => {
      res.json({
        specs: '2.0.0.2',
        name: 'Dịch vụ ký số thử nghiệm',
        region: 'VN',
        lang: 'vi-VN',
        authType: ['basic', 'oauth2client'],
        methods: METHODS,
      });
    });
    addSignIn(app, options, issued);
    addCalls(app, opened, issued, ledger, pacer(options.operationsPerSecond));
  });
  return {
    ...simulator,
    baseUrl: `${simulator.url}${CSC_BASE_PATH}`,
    sentCodes: vault?.sent ?? [],
    forgetTokens: () => tokens?.clear(),
  };
}
