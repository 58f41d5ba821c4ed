/** XML signatures: XML-DSig and XAdES, made and read. */
export type { XmlLimits } from './document.ts';
export { inspectXml } from './inspect.ts';
export { signXml, type XmlSignOptions } from './sign.ts';
