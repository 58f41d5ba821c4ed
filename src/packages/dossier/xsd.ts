import { escapeAttribute, escapeText } from '../xml/serialize.ts';
import {
  BODIES,
  DOSSIER_NAMESPACE,
  DOSSIER_ROOT,
  DOSSIER_VERSION,
  type Field,
  HEADER_SHAPE,
  type Shape,
} from './spec.ts';

/** The text of `schemas/dossier.xsd`, written from the table that reading and writing follow. XSD 1.0. */
export function buildDossierXsd(): string {
  const shapes = new Map<string, Shape>();
  for (const { shape } of Object.values(BODIES)) collect(shape, shapes);
  collect(HEADER_SHAPE, shapes);
  shapes.delete(HEADER_SHAPE.typeName);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!-- SOURCE: written from src/packages/dossier/spec.ts; field meanings and lengths from the National Public',
    '     Service Portal services DongBoHoSoMC and CapNhatTienDoHoSoMC. Attachments travel beside the message. -->',
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="${DOSSIER_NAMESPACE}"`,
    `  targetNamespace="${DOSSIER_NAMESPACE}" elementFormDefault="qualified" version="${DOSSIER_VERSION}">`,
    `  <xs:element name="${DOSSIER_ROOT}">`,
    '    <xs:complexType>',
    '      <xs:sequence>',
    ...Object.values(HEADER_SHAPE.fields).flatMap((field) => element(field, '        ')),
    '        <xs:choice>',
    ...Object.values(BODIES).flatMap(({ wire, shape, vi, en }) => [
      `          <xs:element name="${wire}" type="${shape.typeName}">`,
      ...annotation(vi, en, '            '),
      '          </xs:element>',
    ]),
    '        </xs:choice>',
    '        <xs:any namespace="http://www.w3.org/2000/09/xmldsig#" processContents="lax" minOccurs="0">',
    ...annotation(
      'Chữ ký XAdES của cơ quan gửi, bao toàn bộ bản tin (khi có yêu cầu)',
      'XAdES signature of the sending agency over the whole message, where asked for',
      '          ',
    ),
    '        </xs:any>',
    '      </xs:sequence>',
    `      <xs:attribute name="version" type="xs:string" use="required" fixed="${DOSSIER_VERSION}"/>`,
    '    </xs:complexType>',
    '  </xs:element>',
    ...[...shapes.values()].flatMap(complexType),
    '</xs:schema>',
    '',
  ];
  return lines.join('\n');
}

function collect(shape: Shape, into: Map<string, Shape>): void {
  into.set(shape.typeName, shape);
  for (const { type } of Object.values(shape.fields)) if (typeof type !== 'string') collect(type, into);
}

function complexType(shape: Shape): string[] {
  return [
    `  <xs:complexType name="${shape.typeName}">`,
    '    <xs:sequence>',
    ...Object.values(shape.fields).flatMap((field) => element(field, '      ')),
    '    </xs:sequence>',
    '  </xs:complexType>',
  ];
}

function element(field: Field, indent: string): string[] {
  const min = field.count === 'one' || field.count === 'some' ? '' : ' minOccurs="0"';
  const max = field.count === 'some' || field.count === 'many' ? ' maxOccurs="unbounded"' : '';
  const type = typeof field.type === 'string' ? '' : ` type="${field.type.typeName}"`;
  return [
    `${indent}<xs:element name="${escapeAttribute(field.wire, 'DOSSIER')}"${type}${min}${max}>`,
    ...annotation(field.vi, field.en, `${indent}  `),
    ...(typeof field.type === 'string' ? simpleType(field, `${indent}  `) : []),
    `${indent}</xs:element>`,
  ];
}

function annotation(vi: string, en: string, indent: string): string[] {
  return [
    `${indent}<xs:annotation>`,
    `${indent}  <xs:documentation xml:lang="vi">${escapeText(vi, 'DOSSIER')}</xs:documentation>`,
    `${indent}  <xs:documentation xml:lang="en">${escapeText(en, 'DOSSIER')}</xs:documentation>`,
    `${indent}</xs:annotation>`,
  ];
}

const PATTERNS: Partial<Record<Extract<Field['type'], string>, string>> = {
  agency: '[0-9A-Z.]+',
  'dossier-code': '[0-9A-Z.]+-[0-9]{6}-[0-9]{4,7}',
  'procedure-code': '[0-9]\\.[0-9]{6}(\\.[0-9A-Z.]+)?',
  sha256: '[0-9a-f]{64}',
};

function simpleType(field: Field, indent: string): string[] {
  const base = { integer: 'xs:nonNegativeInteger', boolean: 'xs:boolean', 'date-time': 'xs:dateTime' }[
    field.type as string
  ];
  const facets = [
    ...(field.max === undefined ? [] : [`<xs:maxLength value="${field.max}"/>`]),
    ...(field.count === 'one' && base === undefined ? ['<xs:minLength value="1"/>'] : []),
    ...(field.values ?? []).map((value) => `<xs:enumeration value="${value}"/>`),
  ];
  const pattern = PATTERNS[field.type as keyof typeof PATTERNS];
  if (pattern !== undefined) facets.push(`<xs:pattern value="${pattern}"/>`);
  return [
    `${indent}<xs:simpleType>`,
    `${indent}  <xs:restriction base="${base ?? 'xs:string'}">`,
    ...facets.map((facet) => `${indent}    ${facet}`),
    `${indent}  </xs:restriction>`,
    `${indent}</xs:simpleType>`,
  ];
}
