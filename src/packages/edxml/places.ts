/** Where a finding about a message's value stands in the file it was read from. */
import { childrenOf, type XmlElement } from '../xml/tree.ts';
import { isOurs } from './fields.ts';
import { WIRE } from './wire-names.ts';

/** 1-based place of a start tag. */
export interface Place {
  line: number;
  column: number;
}

/** Paths start at blocks that stand at most three elements deep: `edXML/edXMLEnvelope/edXMLHeader/MessageHeader`. */
const BLOCK_DEPTH = 3;

/**
 * The place of a path in wire names (`MessageHeader.To[2].OrganId`); of the element around it when it is missing itself.
 */
export function placeIn(root: XmlElement, path: string): Place {
  const [block = '', ...rest] = path.split('.');
  const found = findBlock(root, block, BLOCK_DEPTH);
  let at = found ?? findBlock(root, WIRE.header, BLOCK_DEPTH) ?? root;
  for (const step of found === undefined ? [] : rest) {
    const below = childAt(at, step);
    if (below === undefined) break;
    at = below;
  }
  return { line: at.line, column: at.column };
}

function findBlock(element: XmlElement, step: string, depth: number): XmlElement | undefined {
  if (depth === 0) return undefined;
  const found = childAt(element, step);
  if (found !== undefined) return found;
  for (const child of childrenOf(element)) {
    const below = findBlock(child, step, depth - 1);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** `Name` or `Name[2]` among the children. */
function childAt(element: XmlElement, step: string): XmlElement | undefined {
  const [, name = '', position = '1'] = /^([^[]*)(?:\[(\d+)\])?$/.exec(step) ?? [];
  return childrenOf(element).filter((child) => isOurs(child) && child.local === name)[Number(position) - 1];
}
