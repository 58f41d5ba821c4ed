/** Numbers of PKCS#11 v2.40 (OASIS pkcs11t.h) that we use. */

/** Places in CK_FUNCTION_LIST, counted from C_Initialize. */
export const FUNCTION = {
  initialize: 0,
  getSlotList: 4,
  getTokenInfo: 6,
  getMechanismList: 7,
  openSession: 12,
  closeSession: 13,
  login: 18,
  getAttributeValue: 24,
  findObjectsInit: 26,
  findObjects: 27,
  findObjectsFinal: 28,
  signInit: 42,
  sign: 43,
} as const;

/** Object attributes. */
export const CKA = {
  class: 0x0,
  label: 0x3,
  value: 0x11,
  certificateType: 0x80,
  keyType: 0x100,
  id: 0x102,
  alwaysAuthenticate: 0x202,
} as const;

/** Object classes. */
export const CKO = { certificate: 1, privateKey: 3 } as const;

/** Mechanisms. */
export const CKM = {
  rsaPkcs: 0x1,
  rsaPss: 0xd,
  sha256RsaPkcs: 0x40,
  sha384RsaPkcs: 0x41,
  sha512RsaPkcs: 0x42,
  sha256: 0x250,
  sha384: 0x260,
  sha512: 0x270,
  ecdsa: 0x1041,
} as const;

/** Mask generation functions. */
export const CKG = { sha256: 2, sha384: 3, sha512: 4 } as const;

/** Token flags about the PIN. */
export const CKF = {
  loginRequired: 0x4,
  protectedPath: 0x100,
  initialized: 0x400,
  pinCountLow: 0x10000,
  pinFinalTry: 0x20000,
  pinLocked: 0x40000,
} as const;

/** Sessions: serial is required by the standard; we never write. */
export const SESSION_FLAGS = 0x4;
export const CKU = { user: 1, contextSpecific: 2 } as const;
export const CKF_OS_LOCKING_OK = 0x2;
export const UNAVAILABLE_INFORMATION = 0xffffffff;

/** Answers by number; those we act on by name. */
export const CKR: Readonly<Record<number, string>> = {
  0: 'CKR_OK',
  2: 'CKR_HOST_MEMORY',
  3: 'CKR_SLOT_ID_INVALID',
  5: 'CKR_GENERAL_ERROR',
  6: 'CKR_FUNCTION_FAILED',
  7: 'CKR_ARGUMENTS_BAD',
  18: 'CKR_ATTRIBUTE_TYPE_INVALID',
  17: 'CKR_ATTRIBUTE_SENSITIVE',
  48: 'CKR_DEVICE_ERROR',
  49: 'CKR_DEVICE_MEMORY',
  50: 'CKR_DEVICE_REMOVED',
  84: 'CKR_FUNCTION_NOT_SUPPORTED',
  96: 'CKR_KEY_HANDLE_INVALID',
  98: 'CKR_KEY_SIZE_RANGE',
  99: 'CKR_KEY_TYPE_INCONSISTENT',
  104: 'CKR_KEY_FUNCTION_NOT_PERMITTED',
  112: 'CKR_MECHANISM_INVALID',
  113: 'CKR_MECHANISM_PARAM_INVALID',
  130: 'CKR_OBJECT_HANDLE_INVALID',
  144: 'CKR_OPERATION_ACTIVE',
  145: 'CKR_OPERATION_NOT_INITIALIZED',
  160: 'CKR_PIN_INCORRECT',
  161: 'CKR_PIN_INVALID',
  162: 'CKR_PIN_LEN_RANGE',
  163: 'CKR_PIN_EXPIRED',
  164: 'CKR_PIN_LOCKED',
  176: 'CKR_SESSION_CLOSED',
  177: 'CKR_SESSION_COUNT',
  179: 'CKR_SESSION_HANDLE_INVALID',
  224: 'CKR_TOKEN_NOT_PRESENT',
  225: 'CKR_TOKEN_NOT_RECOGNIZED',
  256: 'CKR_USER_ALREADY_LOGGED_IN',
  257: 'CKR_USER_NOT_LOGGED_IN',
  258: 'CKR_USER_PIN_NOT_INITIALIZED',
  336: 'CKR_BUFFER_TOO_SMALL',
  400: 'CKR_CRYPTOKI_NOT_INITIALIZED',
  401: 'CKR_CRYPTOKI_ALREADY_INITIALIZED',
};

/** The session or the token went away: opening anew may help, and does no harm. */
export const LOST: ReadonlySet<string> = new Set([
  'CKR_DEVICE_ERROR',
  'CKR_DEVICE_REMOVED',
  'CKR_KEY_HANDLE_INVALID',
  'CKR_OBJECT_HANDLE_INVALID',
  'CKR_OPERATION_ACTIVE',
  'CKR_OPERATION_NOT_INITIALIZED',
  'CKR_SESSION_CLOSED',
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_SLOT_ID_INVALID',
  'CKR_TOKEN_NOT_PRESENT',
  'CKR_TOKEN_NOT_RECOGNIZED',
  'CKR_USER_NOT_LOGGED_IN',
]);
