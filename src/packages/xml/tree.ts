/** An attribute as written; `xmlns` declarations are attributes too. */
export interface XmlAttribute {
  name: string;
  prefix: string;
  local: string;
  uri: string;
  value: string;
}

/** One element with its children and text in document order. */
export interface XmlElement {
  /** As written, with prefix. */
  name: string;
  prefix: string;
  local: string;
  uri: string;
  attributes: XmlAttribute[];
  content: (XmlElement | string)[];
  /** 1-based place of the start tag. */
  line: number;
  column: number;
}

/** The child elements, in order. */
export function childrenOf(element: XmlElement): XmlElement[] {
  return element.content.filter((part) => typeof part !== 'string');
}

/** The element's own text, children left out, exactly as written. */
export function textOf(element: XmlElement): string {
  let text = '';
  for (const part of element.content) if (typeof part === 'string') text += part;
  return text;
}

/** Elements of the subtree, itself included. */
export function countElements(element: XmlElement): number {
  return childrenOf(element).reduce((sum, child) => sum + countElements(child), 1);
}
