/** XML signatures: XML-DSig and XAdES, made and read. */
export type { XmlLimits } from './document.ts';
export { inspectXml } from './inspect.ts';
export {
  type FileToSign,
  signFilesAsXml,
  signXml,
  type XmlSignBase,
  type XmlSignOptions,
} from './write/sign.ts';
