/**
 * The browser bridge (VGCA Sign Service, vgcaplugin.js): our page hands the officer's local plugin a JSON argument, the plugin fetches
 * the file and posts the signed one back. What comes back is taken for what it is, a file from outside, and checked.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  addedSince,
  type EvidenceItem,
  type SignatureReport,
  type VerificationReport,
} from '../../signing/index.ts';
import type { Sealer } from '../access/index.ts';
import { type Exchange, ExchangeError } from '../exchange/index.ts';
import {
  findSigningRequest,
  moveSigningRequest,
  rememberKey,
  type SigningRequestRow,
} from '../store/index.ts';
import { assertFor } from './requests.ts';
import { keepResult } from './results.ts';
import type { Asker } from './types.ts';

/** Functions of the plugin, by kind of signature. */
export const BRIDGE_FUNCTIONS = {
  leader: 'vgca_sign_approved',
  agency: 'vgca_sign_issued',
  incoming: 'vgca_sign_income',
  copy: 'vgca_sign_copy',
  appendix: 'vgca_sign_appendix',
  plain: 'vgca_sign_approved',
  issue: 'vgca_sign_issued',
} as const;

/** The function that signs a list of files with one PIN. */
const MANY_FUNCTION = 'vgca_sign_files';
/** Files of one list: their ids travel in the token, which travels in an address. */
export const MOST_BRIDGED = 30;

/** Long enough to type a PIN and look at the document; then the page asks for a new one. */
const TOKEN_MS = 10 * 60_000;

/** What a token stands for. */
interface Pass {
  /** Requests. */
  readonly r: readonly string[];
  /** Used once. */
  readonly n: string;
  /** End, ms. */
  readonly e: number;
  readonly actor: string;
  readonly name: string | null;
  readonly id: string | null;
}

/** What the page hands to the plugin, and until when it can be used. */
export interface BridgeOrder {
  readonly function: string;
  /** The plugin's argument, field names as it reads them. */
  readonly argument: Readonly<Record<string, unknown>>;
  readonly expiresAt: number;
}

/** The bridge of one gateway. */
export interface Bridge {
  /** @throws ExchangeError SIGNER_MISMATCH, STATUS_NOT_ALLOWED */
  order(row: SigningRequestRow, asker: Asker, baseUrl: string): BridgeOrder;
  /** The same for up to 30 files at once. @throws ExchangeError SIGNER_MISMATCH, STATUS_NOT_ALLOWED */
  orderMany(rows: readonly SigningRequestRow[], asker: Asker, baseUrl: string): BridgeOrder;
  /** The request a token opens, for fetching its file. @throws ExchangeError BRIDGE_TOKEN */
  open(token: string): Promise<SigningRequestRow>;
  /** Takes a signed file in. @throws ExchangeError BRIDGE_TOKEN, BRIDGE_FILE; SigningError */
  take(token: string, signed: Uint8Array): Promise<SigningRequestRow>;
}

function badToken(): ExchangeError {
  return new ExchangeError('BRIDGE_TOKEN', {
    vi: 'Lượt ký này đã hết hạn hoặc đã dùng; hãy mở lại trang ký và ký lại.',
    en: 'This pass has expired or was used; open the page and sign again.',
  });
}

function badFile(vi: string, en: string): ExchangeError {
  return new ExchangeError('BRIDGE_FILE', { vi, en });
}

/** Attribute of a certificate's subject as RFC 4514 text. */
function attributes(subject: string, name: string): string[] {
  return [...subject.matchAll(/(?:^|[,+])\s*(\w+)=((?:\\.|[^,+\\])*)/g)]
    .filter(([, key]) => key?.toUpperCase() === name)
    .map(([, , value]) => (value ?? '').replace(/\\(.)/g, '$1').trim());
}

function plain(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim().toLocaleLowerCase('vi');
}

/** The certificate must be of the one who was to sign: by identifier where one is known, else by name. */
function assertSigner(own: SignatureReport, id: string | null, name: string | null): void {
  const subject = own.signer?.subject ?? '';
  const isRight =
    id !== null
      ? attributes(subject, 'UID').some((one) => plain(one) === plain(id))
      : name === null || attributes(subject, 'CN').some((one) => plain(one).includes(plain(name)));
  if (!isRight)
    throw new ExchangeError('SIGNER_MISMATCH', {
      vi: 'Chữ ký nhận được không phải của người được trình ký.',
      en: 'The signature received is not that of the person asked to sign.',
    });
}

/** Exactly one signature more, sound, over the whole file. */
function newSignature(before: VerificationReport, after: VerificationReport): SignatureReport {
  const own = after.signatures.at(-1);
  if (own === undefined || after.signatures.length !== before.signatures.length + 1)
    throw badFile(
      'Tệp gửi về không có đúng một chữ ký mới.',
      'The file returned does not have exactly one new signature.',
    );
  if (own.coverage !== 'whole-document' || own.indication !== 'TOTAL-PASSED')
    throw badFile(
      `Chữ ký mới không hợp lệ: ${own.subIndication ?? own.indication}.`,
      `The new signature is not valid: ${own.subIndication ?? own.indication}.`,
    );
  return own;
}

function assertSameDocument(original: Uint8Array, signed: Uint8Array): void {
  const added = addedSince(original, signed);
  const wrong = added?.find((change) => !change.allowed);
  if (added === null)
    throw badFile('Tệp gửi về là một văn bản khác.', 'The file returned is another document.');
  if (wrong !== undefined)
    throw badFile(
      `Tệp gửi về có thay đổi ngoài chữ ký (${wrong.kind}, ${wrong.object}).`,
      `The file returned was changed beyond a signature (${wrong.kind}, ${wrong.object}).`,
    );
}

/** Makes the bridge. Tokens are sealed with the gateway's key, so that none has to be kept before it is used. */
export function createBridge(x: Exchange, sealer: Pick<Sealer, 'sign' | 'isSignature'>): Bridge {
  function tokenOf(pass: Pass): string {
    const body = Buffer.from(JSON.stringify(pass)).toString('base64url');
    return `${body}.${sealer.sign(`bridge:${body}`)}`;
  }

  function passOf(token: string): Pass {
    const [body = '', signature = ''] = token.split('.');
    const isOurs = token.length < 4_000 && sealer.isSignature(`bridge:${body}`, signature);
    if (!isOurs) throw badToken();
    const pass = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Pass;
    if (!Array.isArray(pass.r) || pass.e < x.now()) throw badToken();
    return pass;
  }

  /** Requests of a pass that still wait. */
  async function requestsOf(pass: Pass): Promise<SigningRequestRow[]> {
    const rows = await Promise.all(pass.r.map((id) => findSigningRequest(x.store.read, id)));
    const waiting = rows.filter((row) => row?.state === 'waiting') as SigningRequestRow[];
    if (waiting.length === 0) throw badToken();
    return waiting;
  }

  /** Plugins do not say which file of a list comes back: it is the one whose octets are its front. */
  function requestFor(rows: readonly SigningRequestRow[], signed: Uint8Array): SigningRequestRow {
    const [only, ...others] = rows;
    if (only !== undefined && others.length === 0) return only;
    const found = rows.find(
      ({ size, sha256 }) =>
        signed.length > size &&
        createHash('sha256').update(signed.subarray(0, size)).digest('hex') === sha256,
    );
    if (found === undefined)
      throw badFile('Tệp gửi về là một văn bản khác.', 'The file returned is another document.');
    return found;
  }

  /** A pass for requests; people of the first, whose signer the others have too. */
  function passFor(rows: readonly SigningRequestRow[], asker: Asker): { pass: Pass; token: string } {
    for (const row of rows) {
      assertFor(row, asker);
      if (row.state !== 'waiting') throw badToken();
    }
    const [first] = rows;
    const pass: Pass = {
      r: rows.map(({ id }) => id),
      n: randomBytes(16).toString('hex'),
      e: x.now() + TOKEN_MS,
      actor: asker.actor,
      name: asker.person?.name ?? first?.signer_name ?? null,
      id: asker.person?.id ?? first?.signer_id ?? null,
    };
    return { pass, token: tokenOf(pass) };
  }

  function addressOf(row: SigningRequestRow, asker: Asker, baseUrl: string): string {
    const { token } = passFor([row], asker);
    return `${baseUrl}/cau-noi/tep/${encodeURIComponent(token)}/${encodeURIComponent(row.name)}`;
  }

  return {
    order(row, asker, baseUrl) {
      const { pass, token } = passFor([row], asker);
      return {
        function: BRIDGE_FUNCTIONS[row.profile as keyof typeof BRIDGE_FUNCTIONS] ?? BRIDGE_FUNCTIONS.plain,
        argument: {
          FileUploadHandler: `${baseUrl}/cau-noi/tep-da-ky`,
          SessionId: pass.n,
          JWTToken: token,
          FileName: addressOf(row, asker, baseUrl),
          MetaData: metadataOf(row),
          ...(['agency', 'appendix', 'issue'].includes(row.profile) ? issuedFields(row, x.now()) : {}),
        },
        expiresAt: pass.e,
      };
    },
    orderMany(rows, asker, baseUrl) {
      const { pass, token } = passFor(rows, asker);
      return {
        function: MANY_FUNCTION,
        argument: {
          FileUploadHandler: `${baseUrl}/cau-noi/tep-da-ky`,
          SessionId: pass.n,
          JWTToken: token,
          Files: rows.map((row) => ({
            FileID: row.id,
            FileName: row.name,
            URL: addressOf(row, asker, baseUrl),
          })),
        },
        expiresAt: pass.e,
      };
    },
    async open(token) {
      const [row] = await requestsOf(passOf(token));
      if (row === undefined) throw badToken();
      return row;
    },
    async take(token, signed) {
      const pass = passOf(token);
      const row = requestFor(await requestsOf(pass), signed);
      const original = await x.blobs.read(row.sha256);
      assertSameDocument(original, signed);
      const before = await x.verifier.verify(row.name, new Uint8Array(original));
      const held: EvidenceItem[] = [];
      const after = await x.verifier.verify(row.name, new Uint8Array(signed), [], (item) => held.push(item));
      assertSigner(newSignature(before, after), pass.id, pass.name);
      const of = (kind: EvidenceItem['kind']): Uint8Array[] =>
        held.filter((item) => item.kind === kind).map(({ der }) => der);
      const evidence = { certificates: of('certificate'), crls: of('crl'), ocsps: of('ocsp') };
      const kept = await keepResult(x.blobs, { pdf: signed, report: after, evidence });
      const change = {
        state: 'signed',
        ...kept,
        actor: pass.actor,
        reason_code: null,
        reason: null,
        updated_at: x.now(),
      };
      await x.store.write(async (tx) => {
        const isFirst = await rememberKey(tx, `bridge:${pass.n}:${row.id}`, null, x.now());
        if (!isFirst || !(await moveSigningRequest(tx, row.id, 'waiting', change))) throw badToken();
      });
      return { ...row, ...change };
    },
  };
}

/** What the plugin may show beside the file, and gives back unchanged. */
function metadataOf(row: SigningRequestRow): { Key: string; Value: string }[] {
  const facts: [string, string][] = [
    ['RequestId', row.id],
    ['DocumentCode', row.document_code],
    ['Subject', row.title],
    ['SignerName', row.signer_name ?? ''],
    ['SHA256', row.sha256],
  ];
  return facts.filter(([, value]) => value !== '').map(([Key, Value]) => ({ Key, Value }));
}

function issuedFields(row: SigningRequestRow, now: number): Record<string, string> {
  const issued = new Date(now + 7 * 3_600_000).toISOString().slice(0, 10).split('-').reverse().join('/');
  return { DocNumber: row.document_code, IssuedDate: issued };
}
