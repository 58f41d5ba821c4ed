/** The one way to make markup: a tagged template that writes every value as text unless it is markup already. */

/** Markup that is safe to send. Only {@link html} and {@link join} make it. */
export class SafeHtml {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }

  toString(): string {
    return this.markup;
  }
}

/** What may stand in a template: text is escaped; null, undefined and false leave nothing. */
export type HtmlValue = SafeHtml | string | number | null | undefined | false | readonly HtmlValue[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/**
 * Control characters, and the marks that turn the direction of text (a name such as `hoso\u202Efdp.exe` would read as a PDF):
 * each is shown as U+FFFD. Vietnamese needs none of them.
 */
const MISLEADING = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}]/gu;

/** Text as markup, fit for content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(MISLEADING, '\ufffd').replace(/[&<>"'`]/g, (char) => ENTITIES[char] ?? char);
}

function markupOf(value: HtmlValue): string {
  if (value instanceof SafeHtml) return value.markup;
  if (Array.isArray(value)) return value.map(markupOf).join('');
  if (value === null || value === undefined || value === false) return '';
  return escapeHtml(String(value));
}

/** Markup from a template. Attribute values must stand in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  let markup = parts[0] ?? '';
  for (const [index, value] of values.entries()) markup += markupOf(value) + (parts[index + 1] ?? '');
  return new SafeHtml(markup);
}

/** Tags and attributes the report may use; anything else is a mistake of ours. */
const TAG = /^[a-z][a-z0-9]{0,15}$/;
const ATTRIBUTE = /^[a-z][a-z-]{0,30}$/;

/** Builds one element; the browser's twin of it is in assets/verify.js, so that one renderer serves both. */
export function element(
  tag: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly HtmlValue[]
): SafeHtml {
  if (!TAG.test(tag)) throw new TypeError('not a tag name');
  let opening = tag;
  for (const [name, value] of Object.entries(attributes)) {
    if (!ATTRIBUTE.test(name) || name.startsWith('on')) throw new TypeError('not an attribute name');
    opening += ` ${name}="${escapeHtml(value)}"`;
  }
  return new SafeHtml(`<${opening}>${markupOf(children)}</${tag}>`);
}
