import { readFileSync } from 'node:fs';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';

/** Judges XML by one of the project's schemas with libxml2: the messages of every fault, empty when it is valid. */
export function xsdFaults(schema: string, xml: Uint8Array): string[] {
  const url = new URL(`../../../schemas/${schema}`, import.meta.url);
  using schemaDocument = XmlDocument.fromBuffer(readFileSync(url));
  using validator = XsdValidator.fromDoc(schemaDocument);
  using document = XmlDocument.fromBuffer(xml);
  try {
    validator.validate(document);
    return [];
  } catch (error) {
    const details = (error as { details?: { message: string }[] }).details ?? [];
    return details.length > 0 ? details.map(({ message }) => message) : [String(error)];
  }
}
