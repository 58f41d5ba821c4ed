/** Signing keys the gateway uses for agencies: key files, tokens and HSMs, signing services, each with its line. */
import { readFile } from 'node:fs/promises';
import { readCertificates, SigningError } from '../../signing/index.ts';
import { type DocumentSigner, ExchangeError, type SignatureRequest } from '../exchange/index.ts';
import type { FileOctets } from '../store/index.ts';
import { type HeldSigner, openHeldSigners } from './held-signers.ts';
import { type KeyEntry, readKeyEntries } from './key-entries.ts';
import { createLine, type Line, type Urgency } from './line.ts';
import type { CryptoPool, Job } from './pool.ts';
import type { Signed } from './sign-task.ts';

/** One signature asked of a key. */
export interface SignOrder<T extends FileOctets = FileOctets> {
  readonly agency: string;
  readonly request: SignatureRequest;
  readonly pdf: T;
  readonly context: { readonly signerName?: string | undefined; readonly documentCode: string };
  /** Default `person`. */
  readonly urgency?: Urgency;
  /** Time written into the signature, ms; default now. Must be the same when an order is prepared and when it is signed. */
  readonly signingTime?: number;
  /** Default: the request's, else `pades`. */
  readonly format?: NonNullable<SignatureRequest['format']>;
  /** Name of the file. */
  readonly name?: string;
  /** Identifier of the person who acts, where the account has one: the certificate must be theirs. */
  readonly personId?: string | undefined;
}

/** What the holder of a key in a signing service gives at each authorisation. */
export interface Consent {
  readonly needsPin: boolean;
  readonly needsOtp: boolean;
  /** Signatures one authorisation covers. */
  readonly most: number;
  /** Whether it is bound to what is signed: then only what is ready to be signed can be authorised. */
  readonly bound: boolean;
}

export interface KeyRing {
  readonly keys: readonly KeyEntry[];
  /** For documents on their way: the signed bytes and facts for the timeline. */
  readonly sign: DocumentSigner;
  /** An XML document with the agency's enveloped XAdES signature. @throws ExchangeError KEY_UNKNOWN; SigningError */
  signXml(agency: string, key: string, xml: Uint8Array): Promise<Uint8Array>;
  /** Whether the agency has these keys for these profiles. @throws ExchangeError KEY_UNKNOWN */
  check(agency: string, requests: readonly SignatureRequest[]): void;
  /** Octets come back for octets, a file for a large file. @throws ExchangeError KEY_UNKNOWN, SIGNER_MISMATCH; SigningError */
  signChecked<T extends FileOctets>(order: SignOrder<T>): Promise<Signed<T>>;
  /** Octets an order would have signed; for keys that want consent beforehand. */
  prepare(order: SignOrder): Promise<Uint8Array>;
  /** Null: the key signs without its holder being asked. */
  consentOf(agency: string, id: string): Promise<Consent | null>;
  sendOtp(agency: string, id: string): Promise<void>;
  authorise(
    agency: string,
    id: string,
    consent: {
      pin?: string | undefined;
      otp?: string | undefined;
      data: readonly Uint8Array[];
      /** Signatures, where more are to come than `data`; only for keys whose consent is not bound. */
      count?: number;
    },
  ): Promise<void>;
  /** Documents at work or waiting at a key. */
  waiting(id: string): number;
  close(): Promise<void>;
}

/** Documents on their way beside those the key works at: the next is ready when the key is. */
const AHEAD = 2;
/** Documents at the same time on a key file: threads do the work, the line keeps memory bounded. */
const FILE_WIDTH = 8;

/** Whether two names are known and differ; case and spacing do not count. */
function isAnother(holder: string | undefined, named: string | undefined): boolean {
  const plain = (name: string): string =>
    name.normalize('NFC').replace(/\s+/g, ' ').trim().toLocaleLowerCase('vi');
  return holder !== undefined && named !== undefined && plain(holder) !== plain(named);
}

function assertRightSigner(key: KeyEntry, { request, context, personId }: SignOrder): void {
  if (request.profile === 'leader' && isAnother(key.holder, context.signerName))
    throw new ExchangeError('SIGNER_MISMATCH', {
      vi: `Văn bản ghi người ký là "${context.signerName}", còn khoá "${key.id}" là của "${key.holder}".`,
      en: `The document names another signer than the holder of the key "${key.id}".`,
    });
  if (personId !== undefined && key.subjectId !== undefined && /^MST:/.test(key.subjectId) === false)
    if (personId.toUpperCase() !== key.subjectId.toUpperCase())
      throw new ExchangeError('SIGNER_MISMATCH', {
        vi: `Khoá "${key.id}" không phải của người đang đăng nhập.`,
        en: `The key "${key.id}" is not that of the person signed in.`,
      });
}

/** How long an image that was read is used: many signatures in a row, one reading; a changed file shows at once to people. */
const IMAGE_FRESH_MS = 1_000;
const images = new Map<string, { readonly bytes: Promise<Buffer>; readonly until: number }>();

function imageOf(path: string): Promise<Buffer> {
  const now = performance.now();
  const known = images.get(path);
  if (known !== undefined && known.until > now) return known.bytes;
  const bytes = readFile(path);
  images.set(path, { bytes, until: now + IMAGE_FRESH_MS });
  bytes.catch(() => images.delete(path));
  return bytes;
}

async function optionsOf(key: KeyEntry, { request, context }: SignOrder): Promise<Job['options']> {
  const signerName = key.holder ?? context.signerName;
  const { profile, place } = request;
  return {
    profile,
    documentCode: context.documentCode,
    ...(signerName === undefined ? {} : { signerName }),
    ...(profile === 'leader' && signerName !== undefined ? { anchorName: signerName } : {}),
    ...(key.agencyName === undefined ? {} : { agencyName: key.agencyName }),
    ...(profile === 'copy' ? { copyForm: request.copyForm ?? 'SAO Y' } : {}),
    ...(request.issue === undefined ? {} : { issue: request.issue }),
    ...(key.imageWidthMm === undefined ? {} : { imageWidthMm: key.imageWidthMm }),
    ...(request.incoming === undefined ? {} : { incoming: request.incoming }),
    ...(place === undefined ? {} : { page: place.page, box: place.box }),
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    ...(request.location === undefined ? {} : { location: request.location }),
    ...(key.imagePng === undefined || !['plain', 'leader', 'agency'].includes(profile)
      ? {}
      : { imagePng: await imageOf(key.imagePng) }),
  };
}

/** Level of signatures where a request names none, and what to do when it cannot be reached now. */
export type LevelPolicy = NonNullable<Job['stamping']>;

/** Opens the ring of `file`; signing runs in `pool`. Keys outside are opened when first used. */
export async function openKeyRing(
  file: string,
  pool: CryptoPool,
  trustDir: string,
  now: () => number,
  levels: LevelPolicy = { level: 'B', whenUnavailable: 'refuse' },
): Promise<KeyRing> {
  const keys = await readKeyEntries(file);
  const lines = new Map<string, Line>();
  const held = openHeldSigners(async (key) =>
    (await Promise.all((key.certificates ?? []).map((path) => readFile(path)))).flatMap(readCertificates),
  );

  function find(agency: string, id: string): KeyEntry | undefined {
    return keys.find((candidate) => candidate.id === id && candidate.agency === agency);
  }
  function keyFor({ agency, request }: Pick<SignOrder, 'agency' | 'request'>): KeyEntry {
    const key = find(agency, request.key);
    // Who seals gives out numbers too.
    const isIssuer = request.profile === 'issue' && key?.profiles.includes('agency') === true;
    if (key !== undefined && (isIssuer || key.profiles.includes(request.profile))) return key;
    throw new ExchangeError('KEY_UNKNOWN', {
      vi: `Cơ quan ${agency} không có khoá "${request.key}" dùng cho kiểu ký "${request.profile}".`,
      en: `Agency ${agency} has no key "${request.key}" for the profile "${request.profile}".`,
    });
  }
  function lineOf(key: KeyEntry, width: number): Line {
    const name = `${key.agency}/${key.id}`;
    const line = lines.get(name) ?? createLine(width);
    lines.set(name, line);
    return line;
  }
  async function jobOf<T extends FileOctets>(key: KeyEntry, order: SignOrder<T>): Promise<Job<T>> {
    const { placement, asicForm } = order.request;
    const format = order.format ?? order.request.format;
    return {
      pdf: order.pdf,
      ...(format === undefined ? {} : { format }),
      ...(placement === undefined ? {} : { placement }),
      ...(asicForm === undefined ? {} : { asicForm }),
      ...(order.name === undefined ? {} : { name: order.name }),
      trustDir,
      now: now(),
      signingTime: order.signingTime ?? now(),
      ...(key.subjectId === undefined ? {} : { subjectId: key.subjectId }),
      // The seal's profile chose the key; on XML there is nothing to be seen of it.
      options:
        order.format === 'xades' ? { profile: 'plain', documentCode: '' } : await optionsOf(key, order),
      stamping: { ...levels, ...(order.request.level === undefined ? {} : { level: order.request.level }) },
    };
  }
  async function remote(agency: string, id: string): Promise<NonNullable<HeldSigner['remote']> | null> {
    const key = find(agency, id);
    if (key === undefined)
      throw new ExchangeError('KEY_UNKNOWN', {
        vi: `Cơ quan ${agency} không có khoá "${id}".`,
        en: `Agency ${agency} has no key "${id}".`,
      });
    return key.kind === 'csc' ? (await held.signer(key)).remote : null;
  }

  async function signChecked<T extends FileOctets>(order: SignOrder<T>): Promise<Signed<T>> {
    const key = keyFor(order);
    assertRightSigner(key, order);
    const urgency = order.urgency ?? 'person';
    if (key.kind === 'pkcs12') {
      const source = { kind: 'pkcs12', p12: key.address, passFile: key.passFile ?? '' } as const;
      return lineOf(key, FILE_WIDTH).run(urgency, async () =>
        pool.sign({ ...(await jobOf(key, order)), key: source }),
      );
    }
    const { signer } = await held.signer(key);
    return lineOf(key, signer.parallel + AHEAD).run(urgency, async () =>
      pool.signWith(await jobOf(key, order), signer),
    );
  }

  return {
    keys,
    check(agency, requests) {
      for (const request of requests) keyFor({ agency, request });
    },
    signChecked,
    async sign(agency, request, pdf, context) {
      const signed = await signChecked({ agency, request, pdf, context });
      const { report, level, wantedLevel, signer, fault } = signed;
      return {
        pdf: signed.pdf,
        report,
        facts: {
          format: report.signatures.at(-1)?.format ?? 'PAdES',
          ...(level === wantedLevel ? {} : { level, wantedLevel, reason: fault }),
        },
        signed: { level, wantedLevel, signer, fault },
      };
    },
    async signXml(agency, key, xml) {
      const request = { key, profile: 'agency' as const };
      const context = { documentCode: '' };
      return (await signChecked({ agency, request, pdf: xml, context, format: 'xades' })).pdf;
    },
    async prepare(order) {
      const key = keyFor(order);
      assertRightSigner(key, order);
      const { signer } = await held.signer(key);
      return pool.prepare(await jobOf(key, order), signer);
    },
    async consentOf(agency, id) {
      const service = await remote(agency, id);
      if (service === null) return null;
      const { needsPin, needsOtp, multisign, bindsHashes } = service.credential;
      const pinIsKnown = held.knowsPin(find(agency, id) as KeyEntry);
      const consent = { needsPin: needsPin && !pinIsKnown, needsOtp, most: multisign, bound: bindsHashes };
      return consent.needsPin || consent.needsOtp ? consent : null;
    },
    async sendOtp(agency, id) {
      await (await remote(agency, id))?.sendOtp();
    },
    async authorise(agency, id, { pin, otp, data, count = data.length }) {
      const service = await remote(agency, id);
      if (service === null)
        throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'authorise' } });
      const known = pin ?? (await held.pinOf(find(agency, id) as KeyEntry));
      await service.authoriseData({ pin: known, otp: otp ?? null, data, count, digest: 'sha256' });
    },
    waiting: (id) =>
      [...lines]
        .filter(([name]) => name.endsWith(`/${id}`))
        .reduce((sum, [, line]) => sum + line.length(), 0),
    close: () => held.close(),
  };
}
