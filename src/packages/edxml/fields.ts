import { toAgencyCode } from '../agency-code.ts';
import { parseSpoken, parseWireDate, parseWireTimestamp, toWireDate, toWireTimestamp } from '../dates.ts';
import { type Finding, type FindingLetter, finding } from '../finding.ts';
import { asSeen, invisibleIn, isBroken } from '../invisible.ts';
import { serializeElement } from '../xml/serialize.ts';
import { childrenOf, textOf, type XmlElement } from '../xml/tree.ts';
import type { Extension } from './types.ts';
import { EDXML_NAMESPACE } from './wire-names.ts';

/** What reading gathers beside the message itself. */
export interface ReadLog {
  errors: Finding[];
  warnings: Finding[];
  extensions: Extension[];
  rawDates: Record<string, string>;
}

/** The optional keys whose value is undefined left out, as `exactOptionalPropertyTypes` wants it. */
export function defined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}

/**
 * The children of one element by wire name, in whatever order they came and with whatever prefix. What nobody asked
 * for by the time of {@link Fields.done} is kept as an extension and reported.
 */
export class Fields {
  readonly path: string;
  readonly element: XmlElement;
  readonly #log: ReadLog;
  readonly #byName = new Map<string, XmlElement[]>();
  readonly #asked = new Set<string>();

  constructor(element: XmlElement, path: string, log: ReadLog) {
    this.element = element;
    this.path = path;
    this.#log = log;
    for (const child of childrenOf(element)) {
      const key = isOurs(child) ? child.local : `{${child.uri}}${child.local}`;
      const same = this.#byName.get(key);
      if (same === undefined) this.#byName.set(key, [child]);
      else same.push(child);
    }
  }

  /** Whether there is a child of that name; looking does not count as asking for it. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** All children of that name. */
  all(name: string): XmlElement[] {
    this.#asked.add(name);
    return this.#byName.get(name) ?? [];
  }

  /** The only child of that name. A second one is an error: two readers could choose differently. */
  one(name: string): XmlElement | undefined {
    const found = this.all(name);
    const [first, second] = found;
    if (second !== undefined) {
      this.report(
        'errors',
        'M',
        name,
        { vi: 'Phần tử xuất hiện nhiều lần', en: 'The element appears more than once' },
        second,
      );
    }
    return first;
  }

  /** Text exactly as written; undefined when the element is absent, empty when it is empty. */
  text(name: string): string | undefined {
    const child = this.one(name);
    return child === undefined ? undefined : this.#leafText(child, name);
  }

  /** Text of an identifier, code or address: white space around it means nothing. */
  token(name: string): string | undefined {
    return this.text(name)?.trim();
  }

  /**
   * Text of a code people copy about: read as they see it. What they can't see is told, since the bytes go on as they are and other
   * readers compare them as they are: as an error where the code leads to an agency (`errors`), which its sender can mend.
   */
  identifier(name: string, list: 'errors' | 'warnings' = 'warnings'): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    this.#tellUnseen(name, text, list);
    if (isBroken(text)) this.report('errors', 'R', name, BROKEN);
    return asSeen(text);
  }

  /** An agency's code: capitals, as codes are compared. Its sender is told of small ones, since others compare the bytes. */
  agencyCode(name: string): string | undefined {
    const text = this.identifier(name, 'errors');
    const code = text === undefined ? undefined : toAgencyCode(text);
    if (code !== text) {
      const texts = {
        vi: `Mã định danh phải viết hoa: ${code}`,
        en: `The code has to be in capitals: ${code}`,
      };
      this.report('errors', 'R', name, texts);
    }
    return code;
  }

  /** Text of an identifier that others made and will compare: kept as it is, and what can't be seen in it is told. */
  opaque(name: string): string | undefined {
    const text = this.text(name);
    if (text !== undefined) this.#tellUnseen(name, text, 'warnings');
    return text?.trim();
  }

  /**
   * A whole number ≥ 0; anything else is reported `T.`, and read as absent unless it is another spelling of one (`1.0`, `true`), or a
   * word that stands for one (`words`).
   */
  integer(name: string, words?: (text: string) => number | undefined): number | undefined {
    const text = this.token(name);
    if (text === undefined || text === '') return undefined;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    const meant = words?.(text);
    if (meant !== undefined) {
      const vi = `Phải ghi bằng số; được hiểu là ${meant}`;
      this.report('errors', 'T', name, { vi, en: `A number is wanted; taken for ${meant}` });
      return meant;
    }
    this.report('errors', 'T', name, {
      vi: 'Giá trị phải là số nguyên không âm',
      en: 'The value must be a whole number',
    });
    // What machines write of a whole number or a flag is understood all the same, for whoever gets it from an axis.
    // Three zeros would be thousands here: 1.000 is no 1.
    if (/^\d{1,9}[.,]0{1,2}$/.test(text)) return Number.parseInt(text, 10);
    const word = text.toLowerCase();
    return word === 'true' ? 1 : word === 'false' ? 0 : undefined;
  }

  boolean(name: string): boolean | undefined {
    const text = this.token(name)?.toLowerCase();
    if (text === undefined || text === '') return undefined;
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    this.report('errors', 'T', name, {
      vi: 'Giá trị phải là true hoặc false',
      en: 'The value must be true or false',
    });
    return undefined;
  }

  /** yyyy-MM-dd, or the raw text when it is no date (`checkEdxml` then says so). */
  date(name: string): string | undefined {
    return this.#clockText(name, parseWireDate, toWireDate);
  }

  /** ISO 8601 with +07:00, or the raw text when it is no time. */
  timestamp(name: string): string | undefined {
    return this.#clockText(name, parseWireTimestamp, toWireTimestamp);
  }

  /** Text of a field whose inner structure nobody published: with child elements it is kept as an unknown one. */
  looseText(name: string): string | undefined {
    const found = this.#byName.get(name) ?? [];
    return found.some((element) => childrenOf(element).length > 0) ? undefined : this.text(name);
  }

  /** A group of fields below this one; `as`: the name it should have, under which it is told of. */
  group(name: string, as = name): Fields | undefined {
    const child = this.one(name);
    return child === undefined ? undefined : new Fields(child, this.#at(as), this.#log);
  }

  /** Repeated groups, each with its position in the path. */
  groups(name: string): Fields[] {
    return this.all(name).map(
      (child, index) => new Fields(child, `${this.#at(name)}[${index + 1}]`, this.#log),
    );
  }

  /** The texts of a list element, e.g. `ToPlaces/Place`. Undefined when the list is absent. */
  list(name: string, item: string): string[] | undefined {
    const group = this.group(name);
    if (group === undefined) return undefined;
    const texts = group.all(item).map((child) => group.#leafText(child, item));
    group.done();
    return texts;
  }

  /** No text anywhere below: the axis leaves such elements behind when it re-serialises, and forms fill them with empty fields. */
  isEmpty(): boolean {
    return isBlank(this.element);
  }

  /** Keeps and reports every child nobody asked for, and text where none belongs. */
  done(): void {
    for (const [name, elements] of this.#byName) {
      if (this.#asked.has(name)) continue;
      for (const element of elements) {
        this.#keep(element);
        if (name !== element.local && this.#asked.has(element.local)) this.#reportForeign(element);
        this.#tellCapitals(element);
      }
    }
    if (textOf(this.element).trim() !== '') {
      const texts = {
        vi: 'Có chữ nằm ngoài các phần tử con',
        en: 'There is text between the child elements',
      };
      this.#log.warnings.push(finding('U', this.path, texts, this.element));
    }
  }

  report(
    list: 'errors' | 'warnings',
    letter: FindingLetter,
    name: string,
    texts: { vi: string; en: string },
    at: XmlElement = this.#byName.get(name)?.[0] ?? this.element,
  ): void {
    this.#log[list].push(finding(letter, this.#at(name), texts, at));
  }

  /** Reads a date or time; .NET's empty one is none. Keeps the sender's spelling where it is not the one we would write. */
  #clockText(
    name: string,
    parse: (text: string) => string | undefined,
    write: (text: string) => string,
  ): string | undefined {
    const written = this.token(name);
    // Nor is an empty element, which readers of dates stumble over: it is not written again.
    const raw = written === '' || (written !== undefined && NO_DATE.test(written)) ? undefined : written;
    const read = raw === undefined ? undefined : (parse(raw) ?? this.#spoken(name, raw, parse));
    if (raw !== undefined && read !== undefined && write(read) !== raw)
      this.#log.rawDates[this.#at(name)] = raw;
    return read ?? raw;
  }

  /** The axis wants yyyy/MM/dd: its sender is told, and whoever has to deal with it all the same knows which day is meant. */
  #spoken(name: string, raw: string, parse: (text: string) => string | undefined): string | undefined {
    const read = parseSpoken(raw, parse);
    if (read === undefined) return undefined;
    const day = read.slice(0, 10);
    this.report('errors', 'M', name, {
      vi: `Ngày phải viết theo thứ tự năm/tháng/ngày (yyyy/MM/dd); được hiểu là ${day}`,
      en: `The date has to be written yyyy/MM/dd; taken for ${day}`,
    });
    return read;
  }

  #tellUnseen(name: string, text: string, list: 'errors' | 'warnings'): void {
    const unseen = invisibleIn(text).join(', ');
    if (unseen === '') return;
    const texts = {
      vi: `Giá trị có ký tự không nhìn thấy (${unseen}), hãy gõ lại`,
      en: `The value holds characters that can't be seen (${unseen}): type it anew`,
    };
    this.report(list, 'R', name, texts);
  }

  #at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  #keep(element: XmlElement): void {
    this.#log.extensions.push({ path: this.path, xml: serializeElement(element, 'EDXML') });
    const texts = {
      vi: 'Phần tử không có trong quy chuẩn, được giữ nguyên',
      en: 'Unknown element, kept as it is',
    };
    this.#log.warnings.push(finding('U', this.#at(element.local), texts, element));
  }

  /** A name of the standard's in other capitals is another name to every reader: what it says would go unheard. */
  #tellCapitals(element: XmlElement): void {
    const small = element.local.toLowerCase();
    const meant = [...this.#asked].find((name) => name !== element.local && name.toLowerCase() === small);
    if (meant === undefined || this.#byName.has(meant)) return;
    const texts = {
      vi: `Phần tử phải viết là ${meant}, không phải ${element.local}`,
      en: `The element is written ${meant}, not ${element.local}`,
    };
    this.#log.errors.push(finding('N', this.#at(meant), texts, element));
  }

  /** A reader that looks at names alone takes it for the standard's: what it says there was not checked. */
  #reportForeign(element: XmlElement): void {
    const texts = {
      vi: 'Phần tử mang tên của quy chuẩn nhưng thuộc không gian tên khác',
      en: "The element bears a name of the standard's in another namespace",
    };
    this.#log.errors.push(finding('M', this.#at(element.local), texts, element));
  }

  #leafText(child: XmlElement, name: string): string {
    if (childrenOf(child).length > 0) {
      const texts = { vi: 'Trường văn bản chứa phần tử con', en: 'A text field holds child elements' };
      this.report('errors', 'T', name, texts, child);
    }
    return textOf(child);
  }
}

const BROKEN = {
  vi: 'Giá trị bị ngắt dòng hoặc có ký tự tab ở giữa, hãy ghi liền trên một dòng',
  en: 'The value is broken into lines, or holds a tab: write it in one line',
};

/** `DateTime.MinValue`: what .NET writes of a date that nobody set. */
const NO_DATE = /^(?:0001[/-]0?1[/-]0?1|0?1[/-]0?1[/-]0001)(?!\d)/;

function isBlank(element: XmlElement): boolean {
  return textOf(element).trim() === '' && childrenOf(element).every(isBlank);
}

/** In the QCVN namespace, or in none at all (some senders leave it out). */
export function isOurs(element: XmlElement): boolean {
  return element.uri === EDXML_NAMESPACE || element.uri === '';
}
