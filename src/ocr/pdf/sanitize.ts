import { PDFArray, PDFDict, type PDFDocument, PDFName, type PDFPage, PDFRef } from 'pdf-lib';

/** Entries that make a reader act, or carry what is not the page: never copied (ISO 32000-1 §12.6, §7.11.4). */
const PAGE_ENTRIES = [
  'AA',
  'Metadata',
  'PieceInfo',
  'Thumb',
  'B',
  'StructParents',
  'Dur',
  'Trans',
  'PresSteps',
  'VP',
  'AF',
];
const ANNOTATION_ENTRIES = [
  'A',
  'AA',
  'PA',
  'Parent',
  'P',
  'Popup',
  'IRT',
  'StructParent',
  'Dest',
  'AF',
  'RichMediaContent',
];
/** Annotations that are only a look on the page: kept without their actions. */
const KEPT_ANNOTATIONS = new Set([
  'Text',
  'FreeText',
  'Line',
  'Square',
  'Circle',
  'Polygon',
  'PolyLine',
  'Highlight',
  'Underline',
  'Squiggly',
  'StrikeOut',
  'Stamp',
  'Ink',
  'Widget',
]);

function stripAnnotation(annotation: PDFDict): void {
  for (const key of ANNOTATION_ENTRIES) annotation.delete(PDFName.of(key));
}

/**
 * Takes actions, attachments and back references off a page before it is copied: scripts and launch actions of an
 * unknown sender have no place in an archive copy, and back references would drag the whole document along.
 */
export function sanitizePage(page: PDFPage): void {
  for (const key of PAGE_ENTRIES) page.node.delete(PDFName.of(key));
  const annotations = page.node.lookup(PDFName.of('Annots'));
  if (!(annotations instanceof PDFArray)) {
    page.node.delete(PDFName.of('Annots'));
    return;
  }
  const kept = page.doc.context.obj([]);
  for (const entry of annotations.asArray()) {
    const annotation = entry instanceof PDFRef ? page.doc.context.lookup(entry) : entry;
    if (!(annotation instanceof PDFDict)) continue;
    const subtype = annotation.lookup(PDFName.of('Subtype'));
    if (!(subtype instanceof PDFName) || !KEPT_ANNOTATIONS.has(subtype.decodeText())) continue;
    stripAnnotation(annotation);
    kept.push(entry);
  }
  page.node.set(PDFName.of('Annots'), kept);
}

const FORBIDDEN_ACTIONS = new Set([
  'JavaScript',
  'Launch',
  'SubmitForm',
  'ImportData',
  'GoToE',
  'GoToR',
  'Rendition',
  'RichMediaExecute',
]);

/** Last look over all objects of the output: no dictionary may hold an action or an embedded file. */
export function stripActions(document: PDFDocument): void {
  for (const [, object] of document.context.enumerateIndirectObjects()) {
    const dict =
      object instanceof PDFDict
        ? object
        : 'dict' in object && object.dict instanceof PDFDict
          ? object.dict
          : null;
    if (!dict) continue;
    const action = dict.get(PDFName.of('S'));
    if (action instanceof PDFName && FORBIDDEN_ACTIONS.has(action.decodeText())) dict.delete(PDFName.of('S'));
    for (const key of ['JS', 'AA', 'OpenAction', 'EF', 'Launch']) dict.delete(PDFName.of(key));
  }
}
