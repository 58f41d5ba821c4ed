/** The clauses of ISO 19005 that a signature touches, checked over what qpdf reads of a file: a small true program, none of ours. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

type Dict = Readonly<Record<string, unknown>>;

interface Read {
  /** Objects by their reference, streams as their dictionary. */
  readonly objects: ReadonlyMap<string, unknown>;
  /** Decoded octets of streams. */
  readonly data: ReadonlyMap<string, Buffer>;
  readonly trailer: Dict;
}

function read(path: string): Read {
  const args = ['--json=2', '--json-stream-data=inline', '--decode-level=generalized', path];
  const json = JSON.parse(execFileSync('qpdf', args, { maxBuffer: 256 * 1024 * 1024 }).toString('utf8'));
  const objects = new Map<string, unknown>();
  const data = new Map<string, Buffer>();
  for (const [key, entry] of Object.entries(json.qpdf[1] as Record<string, Dict>)) {
    const id = key.replace(/^obj:/, '');
    const held = entry['stream'] as { dict: Dict; data?: string } | undefined;
    objects.set(id, held === undefined ? entry['value'] : held.dict);
    if (held !== undefined) data.set(id, Buffer.from(held.data ?? '', 'base64'));
  }
  return { objects, data, trailer: (objects.get('trailer') ?? {}) as Dict };
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A file looked at: dictionaries with the reference they have, and what references stand for. */
class Sight {
  readonly read: Read;
  readonly raw: Buffer;

  constructor(path: string) {
    this.read = read(path);
    this.raw = readFileSync(path);
  }

  get(value: unknown): unknown {
    const held = typeof value === 'string' ? this.read.objects.get(value) : undefined;
    return held === undefined ? value : held;
  }

  dict(value: unknown): Dict {
    const held = this.get(value);
    return isDict(held) ? held : {};
  }

  /** Every dictionary of the file, inner ones too. */
  all(): { id: string; dict: Dict }[] {
    const found: { id: string; dict: Dict }[] = [];
    const visit = (id: string, value: unknown): void => {
      if (Array.isArray(value)) for (const item of value) visit(id, item);
      if (!isDict(value)) return;
      found.push({ id, dict: value });
      for (const item of Object.values(value)) visit(id, item);
    };
    for (const [id, value] of this.read.objects) visit(id, value);
    return found;
  }
}

function annotationFaults(sight: Sight, part: number): string[] {
  const faults: string[] = [];
  for (const { id, dict } of sight.all()) {
    if (dict['/Subtype'] !== '/Widget') continue;
    const flags = Number(dict['/F'] ?? 0);
    if ((flags & 4) === 0) faults.push(`6.5.3 Print ${id}`);
    if ((flags & (1 | 2 | 32 | (part === 1 ? 0 : 256))) !== 0) faults.push(`6.5.3 hidden ${id}`);
    const rect = (sight.get(dict['/Rect']) ?? []) as number[];
    const shown = rect[0] !== rect[2] || rect[1] !== rect[3];
    const looks = sight.dict(dict['/AP']);
    if ((part === 1 || shown) && Object.keys(looks).length === 0) faults.push(`6.9, 6.3.3 appearance ${id}`);
    const others = Object.keys(looks).filter((key) => key !== '/N');
    if (others.length > 0) faults.push(`6.5.3 AP holds ${others.join()} ${id}`);
    if ('/N' in looks && !sight.read.data.has(String(looks['/N']))) faults.push(`6.5.3 N is no stream ${id}`);
  }
  const form = sight.dict(sight.dict(sight.read.trailer['/Root'])['/AcroForm']);
  if (form['/NeedAppearances'] === true) faults.push('6.9 NeedAppearances');
  return faults;
}

/** Colour space of the output intent's profile, as its header says it. */
function intentSpace(sight: Sight): string | null {
  const intents = (sight.get(sight.dict(sight.read.trailer['/Root'])['/OutputIntents']) ?? []) as unknown[];
  const [intent] = intents.map((item) => sight.dict(item)).filter((item) => item['/S'] === '/GTS_PDFA1');
  const profile = sight.read.data.get(String(intent?.['/DestOutputProfile']));
  return profile === undefined ? null : profile.toString('latin1', 16, 20);
}

function colourFaults(sight: Sight, part: number): string[] {
  const space = intentSpace(sight);
  const faults: string[] = [];
  const device = (name: unknown, where: string): void => {
    if (name === '/DeviceRGB' && space !== 'RGB ') faults.push(`6.2.3.3 DeviceRGB ${where}`);
    if (name === '/DeviceCMYK' && space !== 'CMYK') faults.push(`6.2.3.3 DeviceCMYK ${where}`);
    if (name === '/DeviceGray' && space === null) faults.push(`6.2.3.3 DeviceGray ${where}`);
  };
  const masks = new Set(sight.all().map(({ dict }) => dict['/SMask']));
  for (const { id, dict } of sight.all()) {
    // A soft mask is no colour: its space is fixed (ISO 32000-1 §11.6.5.3).
    if (dict['/Subtype'] === '/Image' && !masks.has(id)) device(dict['/ColorSpace'], id);
    if (dict['/Subtype'] !== '/Form') continue;
    const content = (sight.read.data.get(id) ?? Buffer.alloc(0)).toString('latin1');
    if (/\s(?:rg|RG)\s/.test(content)) device('/DeviceRGB', id);
    if (/\s(?:k|K)\s/.test(content)) device('/DeviceCMYK', id);
    // Text in the initial colour is DeviceGray (ISO 32000-1 §8.6.5.1).
    if (/\s(?:g|G)\s/.test(content) || (/ Tj/.test(content) && !/\s(?:rg|sc|scn|k)\s/.test(content)))
      device('/DeviceGray', id);
  }
  const soft = sight
    .all()
    .some(({ dict }) => ('/SMask' in dict && dict['/SMask'] !== '/None') || dict['/S'] === '/Transparency');
  if (soft && part === 1) faults.push('6.4 transparency');
  if (soft && part > 1 && space === null) faults.push('6.2.10 transparency without output intent');
  return faults;
}

function fontFaults(sight: Sight, part: number): string[] {
  const faults: string[] = [];
  for (const { id, dict } of sight.all()) {
    if (dict['/Type'] === '/Font' && dict['/Subtype'] === '/Type0' && !('/ToUnicode' in dict))
      faults.push(`6.3.8 ToUnicode ${id}`);
    if (dict['/Type'] !== '/FontDescriptor') continue;
    const file = dict['/FontFile'] ?? dict['/FontFile2'] ?? dict['/FontFile3'];
    if (!sight.read.data.has(String(file))) faults.push(`6.3.4 not embedded ${id}`);
    if (!/^\/[A-Z]{6}\+/.test(String(dict['/FontName']))) faults.push(`6.3.5 subset name ${id}`);
    if (part === 1 && !sight.read.data.has(String(dict['/CIDSet']))) faults.push(`6.3.5 CIDSet ${id}`);
  }
  return faults;
}

function signatureFaults(sight: Sight): string[] {
  const faults: string[] = [];
  const permissions = sight.dict(sight.dict(sight.read.trailer['/Root'])['/Perms']);
  const odd = Object.keys(permissions).filter((key) => !['/UR3', '/DocMDP'].includes(key));
  if (odd.length > 0) faults.push(`6.1.12 Perms ${odd.join()}`);
  for (const { id, dict } of sight.all())
    if (dict['/Type'] === '/SigRef' && Object.keys(dict).some((key) => key.startsWith('/Digest')))
      faults.push(`6.1.12 SigRef ${id}`);
  return faults;
}

/** File structure, in the octets from `from` on. */
function structureFaults(sight: Sight, part: number, from: number): string[] {
  // With the octet before: a new object begins on a line of its own.
  const text = sight.raw.toString('latin1', Math.max(0, from - 1));
  const faults: string[] = [];
  if ('/Encrypt' in sight.read.trailer) faults.push('6.1.3 Encrypt');
  if (!('/ID' in sight.read.trailer)) faults.push('6.1.3 ID');
  if (/\/LZWDecode/.test(text)) faults.push('6.1.10 LZWDecode');
  if (part === 1 && /\/(?:XRef|ObjStm)\b/.test(text)) faults.push('6.1.4 compressed structure');
  for (const match of text.matchAll(/(?<![\d\r\n])\d+ \d+ obj\b|\d+ {2,}\d+ +obj\b|\d+ \d+ {2,}obj\b/g))
    faults.push(`6.1.8 ${JSON.stringify(match[0])}`);
  if (/obj(?![\r\n])/.test(text.replace(/endobj[\r\n]/g, '').replace(/\/ObjStm/g, '')))
    faults.push('6.1.8 obj without end of line');
  if (/[^\r\n]endobj|endobj[^\r\n]/.test(text)) faults.push('6.1.8 endobj');
  if (/>>\s*stream(?!\r?\n)/.test(text)) faults.push('6.1.7 stream');
  for (const [, hex = ''] of text.matchAll(/\/Contents <([0-9A-Fa-f\s]*)>/g))
    if (hex.replace(/\s/g, '').length % 2 !== 0) faults.push('6.1.6 odd hex string');
  if (part === 1)
    for (const [, hex = ''] of text.matchAll(/<([0-9A-Fa-f]{131072,})>/g))
      faults.push(`6.1.12 string of ${hex.length / 2} octets`);
  if (!/%%EOF\r?\n?$/.test(text)) faults.push('6.1.3 data after the end');
  return faults;
}

/**
 * Faults against a part of ISO 19005, each with its clause (numbers of part 1, where parts 2 to 4 have others beside).
 * @param from where what was added begins; what was there before is not ours.
 */
export function pdfAFaults(path: string, part: 1 | 2 | 3 | 4, from = 0): string[] {
  const sight = new Sight(path);
  return [
    ...annotationFaults(sight, part),
    ...colourFaults(sight, part),
    ...fontFaults(sight, part),
    ...signatureFaults(sight),
    ...structureFaults(sight, part, from),
  ];
}
