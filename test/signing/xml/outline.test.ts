import { expect } from 'chai';
import fc from 'fast-check';
import {
  canonicalDocument,
  canonicalElement,
  isC14n,
  isolate,
  readC14n,
} from '../../../src/signing/xml/c14n.ts';
import { elementsById, parseXml, toUtf8, XML_LIMITS } from '../../../src/signing/xml/document.ts';
import { outlineOf, sectionsById, standalone } from '../../../src/signing/xml/reference/outline.ts';

const METHODS = [
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  'http://www.w3.org/2006/12/xml-c14n11',
  'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
];

/** The canonical octets of the element with Id `x`: cut out alone, and in its place with everything else removed. */
function bothWays(xml: Uint8Array, uri: string): [alone: string, inPlace: string] {
  const bytes = toUtf8(xml) ?? Buffer.alloc(0);
  const whole = parseXml(xml, XML_LIMITS);
  const [element] = elementsById(whole, 'x');
  const [section] = sectionsById(outlineOf(bytes, 100), 'x');
  if (element === undefined || section === undefined || !isC14n(uri)) throw new Error('no element');
  const method = readC14n(uri, element);
  const piece = parseXml(
    standalone({ bytes, signatures: [], impostors: 0, tagsWithId: [] }, section, !uri.includes('exc')),
    XML_LIMITS,
  );
  const alone = Buffer.from(canonicalDocument(piece, method)).toString();
  piece.dispose();
  isolate(element);
  const inPlace = Buffer.from(
    element.parent === null ? canonicalDocument(whole, method) : canonicalElement(element, method),
  ).toString();
  whole.dispose();
  return [alone, inPlace];
}

/** Elements with prefixes, default namespaces undone, xml:lang, comments, CDATA and instructions, nested at random. */
const element: fc.Arbitrary<string> = fc.letrec<{ node: string; content: string }>((tie) => ({
  content: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('chữ', '&lt;&#13;', '<![CDATA[<a>]]>', '<!-- > " -->', '<?pi a="<b>"?>', ' \r\n'),
    tie('node'),
  ),
  node: fc
    .tuple(
      fc.constantFrom('a', 'p:a', 'q:b'),
      fc.constantFrom('', 'xmlns=""', 'xmlns="urn:d"'),
      fc.subarray(['xmlns:p="urn:p2"', "xmlns:unused='urn:u'", 'xml:lang="vi"', 'b="1 > 0"', 'p:c="&amp;"']),
      fc.array(tie('content'), { maxLength: 3 }),
    )
    .map(
      ([name, space, attributes, inner]) =>
        `<${name} ${[space, ...attributes].join(' ')}>${inner.join('')}</${name}>`,
    ),
})).node;

describe('pieces cut out of an XML document', () => {
  it('have the canonical form they have in their place', () => {
    fc.assert(
      fc.property(
        element,
        element,
        fc.constantFrom('', ' xmlns="urn:d1" xml:lang="en"', ' xml:space="preserve" xmlns:r="urn:r"'),
        fc.constantFrom(...METHODS),
        (inner, sibling, above, uri) => {
          const target = inner.replace(/^<([\w:]+)/, '<$1 Id="x"');
          const xml = `<?xml version="1.0"?><root xmlns:p="urn:p" xmlns:q="urn:q"${above}>${sibling}<up xmlns:q="urn:q3">${target}</up></root>`;

          const [alone, inPlace] = bothWays(Buffer.from(xml), uri);

          expect(alone).to.equal(inPlace);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are found in UTF-16 and Latin-1 files and under references in their Id', () => {
    const inner = '<a Id="&#120;">é</a>';
    const utf16 = Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?><r>${inner}</r>`, 'utf16le');
    const latin1 = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?><r>${inner}</r>`, 'latin1');

    for (const file of [utf16, latin1]) {
      const [alone, inPlace] = bothWays(file, METHODS[2] ?? '');
      expect(alone).to.equal(inPlace).and.to.contain('é');
    }
  });
});
