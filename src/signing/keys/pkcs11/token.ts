/** Tokens, keys and sessions of one module. Runs beside the module, in its own process. */
import { SigningError, type SigningErrorCode } from '../../errors.ts';
import { CKA, CKF, CKO, CKU } from './constants.ts';
import { type Cryptoki, CryptokiError, type Handle, type Template, type TokenInfo } from './cryptoki.ts';
import type { Pkcs11Uri } from './uri.ts';

/** Asks for a key. */
export interface OpenRequest {
  readonly uri: Pkcs11Uri;
  /** Null: the token has a keypad of its own, or needs no PIN. */
  readonly pin: string | null;
  /** Most private-key operations at the same time on this token. */
  readonly parallel: number;
  /** Nobody is there to look: do not try a PIN on a token that has seen a wrong one. */
  readonly unattended: boolean;
}

/** A key found. All octets. */
export interface OpenedKey {
  readonly handle: number;
  readonly id: Uint8Array;
  readonly label: string;
  readonly token: TokenInfo;
  /** CKK_RSA 0, CKK_EC 3. */
  readonly keyType: number;
  readonly mechanisms: readonly number[];
  readonly certificates: readonly { readonly id: Uint8Array; readonly der: Uint8Array }[];
  /** Sessions that may sign at the same time: `parallel`, or what the token allows. */
  readonly sessions: number;
  /** The token wants the PIN again for each signature (CKA_ALWAYS_AUTHENTICATE). */
  readonly pinEachTime: boolean;
}

/** One private-key operation. */
export interface SignRequest {
  readonly handle: number;
  readonly mechanism: number;
  readonly parameter: Uint8Array | null;
  readonly data: Uint8Array;
  /** Only for keys that want the PIN each time. */
  readonly pin: string | null;
}

interface HeldKey {
  readonly slot: number;
  readonly key: Handle;
  /** Keeps the login alive: it ends with the last session. */
  readonly anchor: Handle;
  readonly idle: Handle[];
  readonly all: Handle[];
  readonly waiting: ((session: Handle) => void)[];
  readonly most: number;
  readonly pinEachTime: boolean;
}

/** The keys a process holds open. */
export interface TokenKeys {
  open(request: OpenRequest): Promise<OpenedKey>;
  sign(request: SignRequest): Promise<Uint8Array>;
  close(handle: number): void;
}

function refusal(code: SigningErrorCode, reason?: string): SigningError {
  return new SigningError(code, reason === undefined ? {} : { details: { reason } });
}

function matches(uri: Pkcs11Uri, slot: number, token: TokenInfo): boolean {
  const same = (wanted: string | undefined, is: string): boolean => wanted === undefined || wanted === is;
  return (
    (token.flags & CKF.initialized) !== 0 &&
    (uri.slotId === undefined || uri.slotId === slot) &&
    same(uri.token, token.label) &&
    same(uri.manufacturer, token.manufacturer) &&
    same(uri.model, token.model) &&
    same(uri.serial, token.serial)
  );
}

function findToken(cryptoki: Cryptoki, uri: Pkcs11Uri): { slot: number; token: TokenInfo } {
  const found = cryptoki
    .slots()
    .map((slot) => ({ slot, token: cryptoki.tokenInfo(slot) }))
    .filter(({ slot, token }) => matches(uri, slot, token));
  const [first] = found;
  if (first === undefined) throw refusal('KEY_TOKEN_NOT_FOUND');
  if (found.length > 1) throw refusal('KEY_AMBIGUOUS', `${found.length} tokens match; name token or serial`);
  return first;
}

const LOGIN_REFUSALS: Readonly<Record<string, SigningErrorCode>> = {
  CKR_PIN_INCORRECT: 'KEY_PIN_WRONG',
  CKR_PIN_INVALID: 'KEY_PIN_WRONG',
  CKR_PIN_LEN_RANGE: 'KEY_PIN_WRONG',
  CKR_PIN_EXPIRED: 'KEY_PIN_EXPIRED',
  CKR_PIN_LOCKED: 'KEY_PIN_LOCKED',
};

/** A token locks itself after a few wrong PINs, often for good: each try is made only when it can't be the last. */
function assertMayTry(token: TokenInfo, request: OpenRequest): void {
  if ((token.flags & CKF.pinLocked) !== 0) throw refusal('KEY_PIN_LOCKED');
  if ((token.flags & CKF.pinFinalTry) !== 0) throw refusal('KEY_PIN_LAST_TRY');
  if (request.unattended && (token.flags & CKF.pinCountLow) !== 0)
    throw refusal('KEY_PIN_LAST_TRY', 'the token has seen a wrong PIN since it was last opened');
}

async function login(
  cryptoki: Cryptoki,
  session: Handle,
  token: TokenInfo,
  request: OpenRequest,
): Promise<void> {
  if ((token.flags & CKF.loginRequired) === 0) return;
  const hasKeypad = (token.flags & CKF.protectedPath) !== 0;
  if (request.pin === null && !hasKeypad) throw refusal('KEY_PIN_MISSING');
  assertMayTry(token, request);
  try {
    await cryptoki.login(session, CKU.user, hasKeypad ? null : request.pin);
  } catch (cause) {
    if (!(cause instanceof CryptokiError) || cause.answer === 'CKR_USER_ALREADY_LOGGED_IN') {
      if (cause instanceof CryptokiError) return;
      throw cause;
    }
    const code = LOGIN_REFUSALS[cause.answer];
    throw code === undefined ? cause : new SigningError(code, { cause });
  }
}

function keyTemplate(cryptoki: Cryptoki, uri: Pkcs11Uri): Template {
  return [
    [CKA.class, cryptoki.ulong(CKO.privateKey)],
    ...(uri.object === undefined ? [] : [[CKA.label, Buffer.from(uri.object)] as const]),
    ...(uri.id === undefined ? [] : [[CKA.id, uri.id] as const]),
  ];
}

function findKey(cryptoki: Cryptoki, session: Handle, uri: Pkcs11Uri): Handle {
  const keys = cryptoki.find(session, keyTemplate(cryptoki, uri));
  const [key] = keys;
  if (key === undefined) throw refusal('KEY_NOT_FOUND');
  if (keys.length > 1) throw refusal('KEY_AMBIGUOUS', `${keys.length} keys match; name object or id`);
  return key;
}

function readCertificates(cryptoki: Cryptoki, session: Handle): OpenedKey['certificates'] {
  const template: Template = [
    [CKA.class, cryptoki.ulong(CKO.certificate)],
    [CKA.certificateType, cryptoki.ulong(0)],
  ];
  return cryptoki.find(session, template).flatMap((object) => {
    const der = cryptoki.attribute(session, object, CKA.value);
    const id = cryptoki.attribute(session, object, CKA.id) ?? new Uint8Array();
    return der === null || der.length === 0 ? [] : [{ id, der }];
  });
}

/** Keys of the module, by number. */
export function createTokenKeys(cryptoki: Cryptoki): TokenKeys {
  const held = new Map<number, HeldKey>();
  let next = 1;

  async function acquire(key: HeldKey): Promise<Handle> {
    const idle = key.idle.pop();
    if (idle !== undefined) return idle;
    if (key.all.length < key.most) {
      const session = cryptoki.openSession(key.slot);
      key.all.push(session);
      return session;
    }
    return new Promise((resolve) => key.waiting.push(resolve));
  }

  function release(key: HeldKey, session: Handle): void {
    const waiting = key.waiting.shift();
    if (waiting === undefined) key.idle.push(session);
    else waiting(session);
  }

  function closeQuietly(session: Handle): void {
    try {
      cryptoki.closeSession(session);
    } catch {
      // It is gone already: that is what was wanted.
    }
  }

  return {
    async open(request) {
      const { slot, token } = findToken(cryptoki, request.uri);
      const anchor = cryptoki.openSession(slot);
      try {
        await login(cryptoki, anchor, token, request);
        const key = findKey(cryptoki, anchor, request.uri);
        const flag = cryptoki.attribute(anchor, key, CKA.alwaysAuthenticate);
        const pinEachTime = flag?.[0] === 1;
        // One session is the anchor; a token that allows few keeps the rest for signing.
        const allowed = token.maxSessions === 0 ? request.parallel : token.maxSessions - 1;
        const most = Math.max(1, Math.min(request.parallel, allowed));
        const handle = next;
        next += 1;
        held.set(handle, { slot, key, anchor, idle: [], all: [], waiting: [], most, pinEachTime });
        const type = cryptoki.attribute(anchor, key, CKA.keyType);
        return {
          handle,
          id: cryptoki.attribute(anchor, key, CKA.id) ?? new Uint8Array(),
          label: Buffer.from(cryptoki.attribute(anchor, key, CKA.label) ?? []).toString('utf8'),
          token,
          keyType: type?.[0] ?? -1,
          mechanisms: [...cryptoki.mechanisms(slot)],
          certificates: readCertificates(cryptoki, anchor),
          sessions: most,
          pinEachTime,
        };
      } catch (cause) {
        closeQuietly(anchor);
        throw cause;
      }
    },
    async sign({ handle, mechanism, parameter, data, pin }) {
      const key = held.get(handle);
      if (key === undefined) throw refusal('KEY_CLOSED');
      const session = await acquire(key);
      try {
        await cryptoki.signInit(session, mechanism, parameter, key.key);
        if (key.pinEachTime) await cryptoki.login(session, CKU.contextSpecific, pin);
        return await cryptoki.sign(session, data);
      } finally {
        release(key, session);
      }
    },
    close(handle) {
      const key = held.get(handle);
      held.delete(handle);
      for (const session of key === undefined ? [] : [...key.all, key.anchor]) closeQuietly(session);
    },
  };
}
