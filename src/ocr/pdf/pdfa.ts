import {
  decodePDFRawStream,
  PDFArray,
  PDFBool,
  PDFDict,
  type PDFDocument,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  PDFRef,
  PDFString,
} from 'pdf-lib';
import { OcrError } from '../errors.ts';
import { buildSrgbProfile } from './icc-profile.ts';
import {
  contentFault,
  encodingFault,
  graphicsStateFault,
  jpeg2000Fault,
  mendObject,
  namesCmyk,
} from './pdfa-rules.ts';

const name = (value: string): PDFName => PDFName.of(value);

function refuse(reason: string): never {
  throw new OcrError('OCR_NOT_ARCHIVABLE', { reason });
}

function isNamed(dict: PDFDict, key: string, value: string): boolean {
  return dict.get(name(key)) === name(value);
}

function checkContent(stream: PDFObject | undefined): void {
  if (!(stream instanceof PDFRawStream)) return;
  const fault = contentFault(Buffer.from(decodePDFRawStream(stream).decode()).toString('latin1'));
  if (fault) refuse(fault);
}

/** Drawings of a Type 3 font's characters. */
function checkDrawnLetters(font: PDFDict): void {
  const letters = font.lookup(name('CharProcs'));
  if (letters instanceof PDFDict) for (const key of letters.keys()) checkContent(letters.lookup(key));
}

/** Every font file inside (ISO 19005-2 §6.2.11.4); Type 3 draws itself, Type 0 embeds by its descendant. */
function checkFont(font: PDFDict): void {
  mendObject(font);
  if (isNamed(font, 'Subtype', 'Type3')) checkDrawnLetters(font);
  if (isNamed(font, 'Subtype', 'Type3') || isNamed(font, 'Subtype', 'Type0')) return;
  const descriptor = font.lookup(name('FontDescriptor'));
  const embedded =
    descriptor instanceof PDFDict &&
    ['FontFile', 'FontFile2', 'FontFile3'].some((key) => descriptor.get(name(key)) !== undefined);
  if (!embedded) refuse('font not embedded');
  const fault = encodingFault(font);
  if (fault) refuse(fault);
}

function filtersOf(dict: PDFDict): string[] {
  const filter = dict.lookup(name('Filter'));
  const all = filter instanceof PDFArray ? filter.asArray() : filter ? [filter] : [];
  return all.flatMap((f) => (f instanceof PDFName ? [f.decodeText()] : []));
}

function checkStream(stream: PDFRawStream): void {
  const { dict } = stream;
  if (dict.get(name('F')) !== undefined) refuse('stream in another file');
  if (filtersOf(dict).some((filter) => filter === 'LZWDecode' || filter === 'Crypt'))
    refuse('LZW or Crypt filter');
  if (isNamed(dict, 'Subtype', 'PS')) refuse('PostScript');
  if (!isNamed(dict, 'Subtype', 'Image')) return;
  // §6.2.8: no interpolation, no alternates, no OPI.
  for (const key of ['Alternates', 'OPI']) dict.delete(name(key));
  if (dict.has(name('Interpolate'))) dict.set(name('Interpolate'), PDFBool.False);
  if (filtersOf(dict).includes('JPXDecode')) {
    const fault = jpeg2000Fault(stream.contents);
    if (fault) refuse(fault);
  }
  if (dict.lookup(name('ColorSpace')) === name('DeviceCMYK')) refuse('CMYK picture');
}

function checkExtGState(dict: PDFDict): void {
  const fault = graphicsStateFault(dict);
  if (fault) refuse(fault);
}

/** Annotations print, are seen, and bring their own look (§6.3); others are left out. */
function keepArchivableAnnotations(document: PDFDocument): void {
  for (const page of document.getPages()) {
    const annotations = page.node.lookup(name('Annots'));
    if (!(annotations instanceof PDFArray)) continue;
    const kept = document.context.obj([]);
    for (const entry of annotations.asArray()) {
      const dict = entry instanceof PDFRef ? document.context.lookup(entry) : entry;
      if (!(dict instanceof PDFDict) || !(dict.lookup(name('AP')) instanceof PDFDict)) continue;
      dict.set(name('F'), PDFNumber.of(4));
      kept.push(entry);
    }
    if (kept.size() === 0) page.node.delete(name('Annots'));
    else page.node.set(name('Annots'), kept);
  }
}

function xmpPacket(producer: string): string {
  return [
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>',
    `<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>${producer}</pdf:Producer></rdf:Description>`,
    '</rdf:RDF></x:xmpmeta>',
    '<?xpacket end="w"?>',
  ].join('\n');
}

/** Fonts and graphics states written into the resources themselves, and those that do not say what they are. */
function checkResources(owner: PDFDict): void {
  const resources = owner.lookup(name('Resources'));
  if (!(resources instanceof PDFDict)) return;
  const each = (kind: string, check: (dict: PDFDict) => void): void => {
    const all = resources.lookup(name(kind));
    if (!(all instanceof PDFDict)) return;
    for (const key of all.keys()) {
      const dict = all.lookup(key);
      if (dict instanceof PDFDict) check(dict);
    }
  };
  each('Font', checkFont);
  each('ExtGState', checkExtGState);
}

/** Checks every object that pages of strangers brought along, mending what may be mended. */
function checkObjects(document: PDFDocument): void {
  for (const [, object] of document.context.enumerateIndirectObjects()) {
    if (object instanceof PDFRawStream) checkStream(object);
    if (object instanceof PDFArray && namesCmyk(object)) refuse('CMYK colour');
    const dict = object instanceof PDFDict ? object : object instanceof PDFRawStream ? object.dict : null;
    if (!dict) continue;
    if (isNamed(dict, 'Type', 'Font') || isNamed(dict, 'Subtype', 'Type3')) checkFont(dict);
    if (isNamed(dict, 'Type', 'ExtGState')) checkExtGState(dict);
    if (namesCmyk(dict)) refuse('CMYK colour');
    mendObject(dict);
    checkResources(dict);
    if (isNamed(dict, 'Subtype', 'Form') || dict.has(name('PatternType'))) checkContent(object);
  }
  for (const page of document.getPages()) {
    const contents = page.node.Contents();
    const parts = contents instanceof PDFArray ? contents.asArray() : [contents];
    for (const part of parts) checkContent(part instanceof PDFRef ? document.context.lookup(part) : part);
  }
}

/**
 * Makes the document say, and be, PDF/A-2b (ISO 19005-2): metadata, output intent, no forbidden object. Pages made of
 * images always can; a page kept as its author's program wrote it may not.
 * @throws OcrError OCR_NOT_ARCHIVABLE with the reason
 */
export function makeArchivable(document: PDFDocument): void {
  const { context, catalog } = document;
  checkObjects(document);
  keepArchivableAnnotations(document);
  const profile = context.register(context.flateStream(buildSrgbProfile(), { N: 3 }));
  const intent = context.obj({
    Type: 'OutputIntent',
    S: 'GTS_PDFA1',
    OutputConditionIdentifier: PDFString.of('sRGB IEC61966-2.1'),
    Info: PDFString.of('sRGB IEC61966-2.1'),
    DestOutputProfile: profile,
  });
  catalog.set(name('OutputIntents'), context.obj([context.register(intent)]));
  const packet = Buffer.from(xmpPacket(document.getProducer() ?? ''), 'utf8');
  const metadata = context.stream(packet, { Type: 'Metadata', Subtype: 'XML' });
  catalog.set(name('Metadata'), context.register(metadata));
}
