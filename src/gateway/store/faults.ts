/** What an error of either engine means: a taken key, the store not there, the disk full, or a bug. */
import { StoreError } from './errors.ts';

interface EngineError {
  readonly code?: string;
  readonly message?: string;
}

/** SQLite result codes that say that the file or the disk, not the statement, is at fault. */
const SQLITE_FAULT = /^SQLITE_(FULL|IOERR|BUSY|LOCKED|CORRUPT|CANTOPEN|READONLY|NOTADB|NOMEM)/;
/** Sockets, and PostgreSQL classes 08 (connection), 53 (resources), 57P0x (shut down), 58 (system). */
const POSTGRES_FAULT = /^(ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|08|53|57P0|58)/;
/** pg and pg-pool throw these as plain errors without a code. */
const POSTGRES_WORDS =
  /Connection terminated|timeout exceeded when trying to connect|Connection ended|Cannot use a pool after|client has encountered a connection error/i;
/** What the file system says when the disk, not the caller, is at fault. */
const DISK_FAULT = /^(ENOSPC|EDQUOT|EROFS|EIO|EMFILE|ENFILE)$/;
const FULL = new Set(['SQLITE_FULL', '53100', 'ENOSPC', 'EDQUOT']);

/** True when the engine could not do its work now, whatever the statement was: trying again later can help. */
export function isStoreFault(cause: unknown): boolean {
  if (cause instanceof StoreError) return true;
  const { code = '', message = '' } = (cause ?? {}) as EngineError;
  return (
    SQLITE_FAULT.test(code) ||
    POSTGRES_FAULT.test(code) ||
    DISK_FAULT.test(code) ||
    (code === '' && POSTGRES_WORDS.test(message))
  );
}

/** True when a text has a character the engine can't keep: PostgreSQL holds no U+0000 (character_not_in_repertoire, untranslatable_character). */
export function isUnstorableText(cause: unknown): boolean {
  const { code = '' } = (cause ?? {}) as EngineError;
  return code === '22021' || code === '22P05';
}

/** The engine's fault in our words: STORE_FULL, else STORE_UNAVAILABLE. */
export function asStoreError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const { code = '', message = '' } = (cause ?? {}) as EngineError;
  return new StoreError(FULL.has(code) ? 'STORE_FULL' : 'STORE_UNAVAILABLE', message, { cause });
}

/** True when `cause` says that a unique key is taken, on either engine. */
export function isUniqueViolation(cause: unknown): boolean {
  const { code = '' } = (cause ?? {}) as EngineError;
  return code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}
