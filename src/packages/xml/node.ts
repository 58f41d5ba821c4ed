import { readXml } from './reader.ts';
import { childrenOf, textOf, type XmlElement } from './tree.ts';

/** An element of a small XML answer, seen by local names alone: senders of the field differ in prefixes. */
export interface XmlNode {
  readonly name: string;
  /** Children of this name. */
  all(name: string): XmlNode[];
  /** Text of the first child of this name, trimmed; empty when there is none. */
  text(name: string): string;
  /** Text of a leaf; an object of the children otherwise, repeated ones as lists. */
  value(): unknown;
}

/**
 * Reads a small XML document. No DTD, at most 32 deep and 50,000 elements.
 * @throws PackageError `DOSSIER_*` when it is not well formed or breaks a limit.
 */
export async function readXmlTree(bytes: Uint8Array, maxBytes: number): Promise<XmlNode> {
  const root = await readXml(once(bytes), {
    family: 'DOSSIER',
    limits: {
      maxPackageBytes: maxBytes,
      maxDepth: 32,
      maxElements: 50_000,
      maxAttributes: 64,
      maxFieldChars: maxBytes,
      maxTextChars: maxBytes,
    },
  });
  return nodeOf(root);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function nodeOf(element: XmlElement): XmlNode {
  const children = childrenOf(element);
  const all = (name: string): XmlElement[] => children.filter((child) => child.local === name);
  return {
    name: element.local,
    all: (name) => all(name).map(nodeOf),
    text(name) {
      const [first] = all(name);
      return first === undefined ? '' : textOf(first).trim();
    },
    value() {
      if (children.length === 0) return textOf(element).trim();
      const names = [...new Set(children.map((child) => child.local))];
      return Object.fromEntries(
        names.map((name) => {
          const values = all(name).map((child) => nodeOf(child).value());
          return [name, values.length === 1 ? values[0] : values];
        }),
      );
    },
  };
}
