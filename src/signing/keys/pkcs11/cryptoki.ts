/** The C interface of a PKCS#11 module, called through koffi (docs/adr/019). Runs in a process of its own. */
import { CKF_OS_LOCKING_OK, CKR, FUNCTION, SESSION_FLAGS } from './constants.ts';

/** A module's refusal, by the standard's name. */
export class CryptokiError extends Error {
  /** e.g. `CKR_PIN_INCORRECT`; vendors' own numbers in hex. */
  readonly answer: string;

  constructor(call: string, rv: number) {
    const answer = CKR[rv] ?? `0x${rv.toString(16)}`;
    super(`${call}: ${answer}`);
    this.name = 'CryptokiError';
    this.answer = answer;
  }
}

/** CK_TOKEN_INFO, texts without their padding. */
export interface TokenInfo {
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly flags: number;
  /** 0: no limit known. */
  readonly maxSessions: number;
}

/** A handle of the module. */
export type Handle = number;
/** Attribute type and value. */
export type Template = readonly (readonly [type: number, value: Uint8Array])[];

/** The calls we need. Those that may take the token's time are asynchronous. */
export interface Cryptoki {
  /** CK_ULONG as this platform writes it. */
  ulong(value: number): Uint8Array;
  slots(): number[];
  tokenInfo(slot: number): TokenInfo;
  mechanisms(slot: number): ReadonlySet<number>;
  openSession(slot: number): Handle;
  closeSession(session: Handle): void;
  login(session: Handle, user: number, pin: string | null): Promise<void>;
  find(session: Handle, template: Template): Handle[];
  /** Value, or null when the object has none to show. */
  attribute(session: Handle, object: Handle, type: number): Uint8Array | null;
  signInit(session: Handle, mechanism: number, parameter: Uint8Array | null, key: Handle): Promise<void>;
  sign(session: Handle, data: Uint8Array): Promise<Uint8Array>;
}

/** Longest attribute (a certificate) and signature (RSA-8192) taken, octets. */
const MAX_ATTRIBUTE = 64 * 1024;
const MAX_SIGNATURE = 1024;
const MAX_OBJECTS = 1000;

type Callable = ((...args: unknown[]) => number) & {
  async(...args: [...unknown[], (error: Error | null, rv: number) => void]): void;
};

/** @throws Error of the dynamic loader when the module or koffi's binary is not there. */
export async function openCryptoki(path: string): Promise<Cryptoki> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(path);
  const wide = koffi.sizeof('ulong');
  // PKCS#11 §2.1: structures are packed to one octet on Windows, naturally aligned elsewhere.
  const isPacked = process.platform === 'win32';
  const structure = isPacked ? koffi.pack : koffi.struct;
  const attributeType = structure({ type: 'ulong', value: 'void *', length: 'ulong' });
  const mechanismType = structure({ mechanism: 'ulong', parameter: 'void *', length: 'ulong' });
  const initType = structure({
    createMutex: 'void *',
    destroyMutex: 'void *',
    lockMutex: 'void *',
    unlockMutex: 'void *',
    flags: 'ulong',
    reserved: 'void *',
  });
  const attributesIn = koffi.pointer(attributeType);
  const attributesInOut = koffi.inout(koffi.pointer(attributeType));
  const list: [unknown] = [null];
  const getList = library.func('C_GetFunctionList', 'ulong', [koffi.out(koffi.pointer('void *'))]);
  checked('C_GetFunctionList', Number(getList(list)));
  const pointerBytes = koffi.sizeof('void *');
  const firstAt = isPacked ? 2 : pointerBytes;

  function bind(index: number, parameters: unknown[]): Callable {
    const pointer = koffi.decode(list[0], firstAt + index * pointerBytes, 'void *');
    return koffi.decode(pointer, koffi.proto('ulong', parameters as string[])) as Callable;
  }

  const call = {
    initialize: bind(FUNCTION.initialize, [koffi.pointer(initType)]),
    getSlotList: bind(FUNCTION.getSlotList, ['uint8', 'void *', 'void *']),
    getTokenInfo: bind(FUNCTION.getTokenInfo, ['ulong', 'void *']),
    getMechanismList: bind(FUNCTION.getMechanismList, ['ulong', 'void *', 'void *']),
    openSession: bind(FUNCTION.openSession, ['ulong', 'ulong', 'void *', 'void *', 'void *']),
    closeSession: bind(FUNCTION.closeSession, ['ulong']),
    login: bind(FUNCTION.login, ['ulong', 'ulong', 'void *', 'ulong']),
    getAttributeValue: bind(FUNCTION.getAttributeValue, ['ulong', 'ulong', attributesInOut, 'ulong']),
    findObjectsInit: bind(FUNCTION.findObjectsInit, ['ulong', attributesIn, 'ulong']),
    findObjects: bind(FUNCTION.findObjects, ['ulong', 'void *', 'ulong', 'void *']),
    findObjectsFinal: bind(FUNCTION.findObjectsFinal, ['ulong']),
    signInit: bind(FUNCTION.signInit, ['ulong', koffi.pointer(mechanismType), 'ulong']),
    sign: bind(FUNCTION.sign, ['ulong', 'void *', 'ulong', 'void *', 'void *']),
  };

  function ulong(value: number): Buffer {
    const bytes = Buffer.alloc(wide);
    if (wide === 8) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeUInt32LE(value);
    return bytes;
  }
  function readUlong(bytes: Buffer, at = 0): number {
    return wide === 8 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at);
  }
  function readUlongs(bytes: Buffer, count: number): number[] {
    return Array.from({ length: count }, (_, index) => readUlong(bytes, index * wide));
  }
  function later(name: string, callable: Callable, ...args: unknown[]): Promise<void> {
    return new Promise((resolve, reject) => {
      callable.async(...args, (error, rv) => {
        // The call works on the memory of its arguments, so they must live until it is over.
        if (error !== null || args.length === 0) return reject(error);
        if (Number(rv) === 0) resolve();
        else reject(new CryptokiError(name, Number(rv)));
      });
    });
  }
  /** Lists come in two calls: how many, then which. */
  function listOf(name: string, ask: (into: Buffer | null, count: Buffer) => number): number[] {
    const count = ulong(0);
    checked(name, ask(null, count));
    const room = Buffer.alloc(readUlong(count) * wide);
    if (room.length === 0) return [];
    checked(name, ask(room, count));
    return readUlongs(room, readUlong(count));
  }

  const init = { createMutex: null, destroyMutex: null, lockMutex: null, unlockMutex: null, reserved: null };
  const started = Number(call.initialize({ ...init, flags: CKF_OS_LOCKING_OK }));
  if (CKR[started] !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED') checked('C_Initialize', started);

  return {
    ulong,
    slots: () => listOf('C_GetSlotList', (into, count) => Number(call.getSlotList(1, into, count))),
    tokenInfo(slot) {
      const bytes = Buffer.alloc(256);
      checked('C_GetTokenInfo', Number(call.getTokenInfo(slot, bytes)));
      const words = (from: number, to: number): string =>
        bytes
          .toString('utf8', from, to)
          .replace(/[ \0]+$/, '')
          .normalize('NFC');
      const most = readUlong(bytes, 96 + wide);
      return {
        label: words(0, 32),
        manufacturer: words(32, 64),
        model: words(64, 80),
        serial: words(80, 96),
        flags: readUlong(bytes, 96),
        maxSessions: most > 1_000_000 ? 0 : most,
      };
    },
    mechanisms: (slot) =>
      new Set(
        listOf('C_GetMechanismList', (into, count) => Number(call.getMechanismList(slot, into, count))),
      ),
    openSession(slot) {
      const session = ulong(0);
      checked('C_OpenSession', Number(call.openSession(slot, SESSION_FLAGS, null, null, session)));
      return readUlong(session);
    },
    closeSession(session) {
      checked('C_CloseSession', Number(call.closeSession(session)));
    },
    async login(session, user, pin) {
      const bytes = pin === null ? null : Buffer.from(pin, 'utf8');
      try {
        await later('C_Login', call.login, session, user, bytes, bytes?.length ?? 0);
      } finally {
        bytes?.fill(0);
      }
    },
    find(session, template) {
      const items = template.map(([type, value]) => ({
        type,
        value: Buffer.from(value),
        length: value.length,
      }));
      checked('C_FindObjectsInit', Number(call.findObjectsInit(session, items, items.length)));
      const [room, count] = [Buffer.alloc(MAX_OBJECTS * wide), ulong(0)];
      const rv = Number(call.findObjects(session, room, MAX_OBJECTS, count));
      call.findObjectsFinal(session);
      checked('C_FindObjects', rv);
      return readUlongs(room, readUlong(count));
    },
    attribute(session, object, type) {
      const value = Buffer.alloc(MAX_ATTRIBUTE);
      const items = [{ type, value, length: value.length }];
      const rv = Number(call.getAttributeValue(session, object, items, 1));
      if (/ATTRIBUTE_(TYPE_INVALID|SENSITIVE)/.test(CKR[rv] ?? '')) return null;
      checked('C_GetAttributeValue', rv);
      const length = Number(items[0]?.length);
      return length <= value.length ? new Uint8Array(value.subarray(0, length)) : null;
    },
    signInit(session, mechanism, parameter, key) {
      const value = parameter === null ? null : Buffer.from(parameter);
      const argument = { mechanism, parameter: value, length: value?.length ?? 0 };
      return later('C_SignInit', call.signInit, session, argument, key);
    },
    async sign(session, data) {
      const [out, length] = [Buffer.alloc(MAX_SIGNATURE), ulong(MAX_SIGNATURE)];
      await later('C_Sign', call.sign, session, Buffer.from(data), data.length, out, length);
      return new Uint8Array(out.subarray(0, readUlong(length)));
    },
  };
}

function checked(name: string, rv: number): void {
  if (rv !== 0) throw new CryptokiError(name, rv);
}
