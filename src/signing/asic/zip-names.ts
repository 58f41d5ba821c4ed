/** Names in ZIP containers: which are one file to some system, and which name none. */

/** Characters that file systems and screens pass over: joiners, marks of direction, the byte order mark. */
const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/**
 * Names that unpack to one file somewhere: where case or the form of accents do not count (Windows, macOS), where dots and
 * blanks at the end fall away or a stream may be named (Windows), where unseen characters are passed over (HFS+).
 */
export function folded(name: string): string {
  return name
    .normalize('NFKC')
    .replace(UNSEEN, '')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('\\', '/')
    .replace(/::\$data$/, '')
    .split('/')
    .map((segment) => segment.replace(/[. ]+$/, ''))
    .filter((segment) => segment !== '')
    .join('/');
}

/** Why a name cannot stand in a container; null when it can. */
export function nameFault(name: string): string | null {
  if (name.includes('\0')) return 'a name holds a NUL';
  if (/[\u202a-\u202e\u2066-\u2069]/.test(name)) return 'a name is written to be read backwards';
  if (folded(name) === '') return 'a name names nothing';
  return /^(?:[/\\]|[a-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)/i.test(name)
    ? 'a name leads out of the container'
    : null;
}

/** Info-ZIP Unicode Path (APPNOTE 4.6.9). */
const UNICODE_PATH = 0x7075;

/** Whether extra fields give an entry another name than its header, which some readers take instead. */
export function hasOtherName(extra: Buffer, name: string): boolean {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== UNICODE_PATH) continue;
    const given = extra.subarray(at + 9, at + 4 + extra.readUInt16LE(at + 2)).toString('utf8');
    if (given !== name) return true;
  }
  return false;
}
