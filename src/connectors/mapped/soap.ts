const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const NAME = /^[A-Za-z_][\w.-]*$/;

function escapeXml(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ' ')
  );
}

/** A SOAP 1.1 envelope around a value: objects become elements, lists repeat them. Names that are no XML names are left out. */
export function soapEnvelope(element: string, namespace: string, value: unknown): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Body><${element} xmlns="${escapeXml(namespace)}">${childrenOf(value)}</${element}></soapenv:Body></soapenv:Envelope>`;
}

function childrenOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .filter(([name]) => NAME.test(name))
    .flatMap(([name, part]) =>
      (Array.isArray(part) ? part : [part]).map((item) => `<${name}>${childrenOf(item)}</${name}>`),
    )
    .join('');
}
