import { PackageError, type PackageFamily } from '../errors.ts';
import type { XmlElement } from './tree.ts';

// XML 1.0 §2.2 Char, with the `u` flag so that a lone surrogate is caught too.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/**
 * Text as XML character data. `\r` becomes a reference, since a parser would turn it into `\n`.
 * Throws `*_BAD_CHARACTER` on what XML 1.0 §2.2 forbids (controls, lone surrogates).
 */
export function escapeText(text: string, family: PackageFamily, path?: string): string {
  if (FORBIDDEN.test(text))
    throw new PackageError(`${family}_BAD_CHARACTER`, path === undefined ? {} : { path });
  return text.replace(/[&<>\r]/g, (char) => TEXT_ESCAPES[char] ?? char);
}

const TEXT_ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const ATTRIBUTE_ESCAPES: Record<string, string> = {
  ...TEXT_ESCAPES,
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
};

/** Text as a double-quoted attribute value. Throws as {@link escapeText}. */
export function escapeAttribute(text: string, family: PackageFamily): string {
  if (FORBIDDEN.test(text)) throw new PackageError(`${family}_BAD_CHARACTER`);
  return text.replace(/[&<>"\t\n\r]/g, (char) => ATTRIBUTE_ESCAPES[char] ?? char);
}

/**
 * Writes a subtree so that it stands alone: every prefix in use is declared in it, the default namespace included.
 * Serialising what was parsed from the result gives the same text again.
 */
export function serializeElement(element: XmlElement, family: PackageFamily): string {
  return write(element, new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]), family);
}

function write(element: XmlElement, scope: ReadonlyMap<string, string>, family: PackageFamily): string {
  const inner = new Map(scope);
  const declarations: [string, string][] = [];
  const others: string[] = [];
  for (const attribute of element.attributes) {
    if (attribute.name === 'xmlns' || attribute.prefix === 'xmlns') {
      const prefix = attribute.name === 'xmlns' ? '' : attribute.local;
      if (inner.get(prefix) !== attribute.value.trim()) declarations.push([prefix, attribute.value.trim()]);
      inner.set(prefix, attribute.value.trim());
    } else {
      others.push(` ${attribute.name}="${escapeAttribute(attribute.value, family)}"`);
    }
  }
  const needed = [element, ...element.attributes.filter((a) => a.prefix !== '' && a.prefix !== 'xmlns')];
  for (const { prefix, uri } of needed) {
    const known = inner.get(prefix);
    if (known === uri || (known === undefined && prefix === '' && uri === '' && scope.size > 1)) continue;
    if (inner.has(prefix) && prefix !== '') continue;
    declarations.push([prefix, uri]);
    inner.set(prefix, uri);
  }
  const namespaces = declarations.map(([prefix, uri]) => {
    return ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(uri, family)}"`;
  });
  const tag = `${element.name}${namespaces.join('')}${others.join('')}`;
  const body = element.content
    .map((part) => (typeof part === 'string' ? escapeText(part, family) : write(part, inner, family)))
    .join('');
  // An empty CDATA section is content, and yet nothing: it is written as what it is read back as.
  return body === '' ? `<${tag}/>` : `<${tag}>${body}</${element.name}>`;
}
