import { PackageError, type PackageFamily } from '../errors.ts';
import { escapeAttribute, escapeText } from './serialize.ts';

/** Writes indented XML, two spaces a level, CRLF line ends (as the axis library does). Text is escaped and checked. */
export class XmlWriter {
  readonly #family: PackageFamily;
  #parts: string[] = ['<?xml version="1.0" encoding="UTF-8"?>'];
  #open: string[] = [];

  constructor(family: PackageFamily) {
    this.#family = family;
  }

  /** Starts an element; `attributes` are written in the order given. */
  open(name: string, attributes: Record<string, string> = {}): this {
    this.#line(`<${name}${this.#attributes(attributes)}>`);
    this.#open.push(name);
    return this;
  }

  close(): this {
    const name = this.#open.pop();
    this.#line(`</${name}>`);
    return this;
  }

  /**
   * An element with text, written even when the text is empty; left out when the value is undefined or null.
   * Throws `*_BAD_FIELD` for a value that is neither text, number nor boolean, `*_BAD_CHARACTER` as `escapeText`.
   */
  leaf(name: string, value: unknown, path: string, attributes: Record<string, string> = {}): this {
    if (value === undefined || value === null) return this;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new PackageError(`${this.#family}_BAD_FIELD`, { path });
    }
    const text = escapeText(String(value), this.#family, path);
    const start = `${name}${this.#attributes(attributes)}`;
    this.#line(text === '' ? `<${start} />` : `<${start}>${text}</${name}>`);
    return this;
  }

  /** Ends an element whose text was written past this writer, without a line break that would join the text. */
  closeInline(): this {
    this.#parts.push(`</${this.#open.pop()}>`);
    return this;
  }

  /** An element without children. */
  empty(name: string): this {
    this.#line(`<${name} />`);
    return this;
  }

  /** XML that was checked and stands alone already. */
  raw(xml: string): this {
    this.#line(xml);
    return this;
  }

  /** What was written since the last call, ready to go out. */
  take(): string {
    const text = this.#parts.join('');
    this.#parts = [];
    return text;
  }

  #line(text: string): void {
    this.#parts.push(`\r\n${'  '.repeat(this.#open.length)}${text}`);
  }

  #attributes(attributes: Record<string, string>): string {
    return Object.entries(attributes)
      .map(([name, value]) => ` ${name}="${escapeAttribute(value, this.#family)}"`)
      .join('');
  }
}
