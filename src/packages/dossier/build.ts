import { PackageError } from '../errors.ts';
import { XmlWriter } from '../xml/writer.ts';
import {
  BODIES,
  DOSSIER_NAMESPACE,
  DOSSIER_ROOT,
  DOSSIER_VERSION,
  type Field,
  HEADER_SHAPE,
  type Shape,
} from './spec.ts';
import type { DossierMessage } from './types.ts';

/**
 * Writes a dossier message as UTF-8 XML in the order of `schemas/dossier.xsd`. Does not judge (see `checkDossier`):
 * throws only what can't be written, `DOSSIER_BAD_FIELD` and `DOSSIER_BAD_CHARACTER`.
 */
export function buildDossier(message: DossierMessage): Uint8Array {
  const body = Object.hasOwn(BODIES, message?.kind) ? BODIES[message.kind] : undefined;
  if (body === undefined) throw new PackageError('DOSSIER_BAD_FIELD', { path: 'kind' });
  const xml = new XmlWriter('DOSSIER');
  xml.open(DOSSIER_ROOT, { xmlns: DOSSIER_NAMESPACE, version: DOSSIER_VERSION });
  writeShape(xml, HEADER_SHAPE, message, '');
  xml.open(body.wire);
  writeShape(xml, body.shape, message.body, body.wire);
  xml.close().close();
  return Buffer.from(`${xml.take()}\r\n`, 'utf8');
}

function writeShape(xml: XmlWriter, shape: Shape, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PackageError('DOSSIER_BAD_FIELD', { path });
  }
  const record = value as Record<string, unknown>;
  for (const [key, field] of Object.entries(shape.fields)) {
    const part = record[key];
    if (part === undefined || part === null) continue;
    const isList = field.count === 'some' || field.count === 'many';
    const at = path === '' ? field.wire : `${path}.${field.wire}`;
    if (isList && !Array.isArray(part))
      throw new PackageError('DOSSIER_BAD_FIELD', { path: at, reason: 'list expected' });
    for (const item of isList ? (part as unknown[]) : [part]) writeField(xml, field, item, at);
  }
}

function writeField(xml: XmlWriter, field: Field, value: unknown, path: string): void {
  if (typeof field.type === 'string') {
    xml.leaf(field.wire, value, path);
    return;
  }
  xml.open(field.wire);
  writeShape(xml, field.type, value, path);
  xml.close();
}
