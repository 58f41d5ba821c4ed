const ENCODED_WORD = /=\?([\w.-]+)(?:\*[\w-]+)?\?([bq])\?([^?\s]*)\?=/gi;
const ENCODED_WORDS = /^\s*(?:=\?[\w.-]+\?[bq]\?[^?\s]*\?=\s*)+$/i;

/**
 * The name a file has, from the name as a client wrote it: mail's encoded words (RFC 2047, as .NET's `MultipartFormDataContent`
 * writes every name with Vietnamese letters) and percent-coded UTF-8 (`encodeURIComponent`) are read, once. A name that is plainly
 * meant so (`100%25.pdf`) stays: only what turns into letters beyond ASCII was coded.
 */
export function decodeFileName(written: string): string {
  if (ENCODED_WORDS.test(written)) return decodeWords(written);
  return decodePercent(written) ?? written;
}

function decodeWords(written: string): string {
  let isWhole = true;
  const parts: { charset: string; bytes: Buffer }[] = [];
  for (const [, charset = '', coding = '', text = ''] of written.matchAll(ENCODED_WORD)) {
    const bytes = coding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : decodeQ(text);
    const last = parts.at(-1);
    // A letter may be cut by the end of a word.
    if (last !== undefined && last.charset === charset) last.bytes = Buffer.concat([last.bytes, bytes]);
    else parts.push({ charset, bytes });
  }
  const texts = parts.map(({ charset, bytes }) => {
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes);
    } catch {
      isWhole = false;
      return '';
    }
  });
  return isWhole ? texts.join('') : written;
}

function decodeQ(text: string): Buffer {
  const bytes = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

function decodePercent(written: string): string | undefined {
  if (!/%[89a-f][0-9a-f]/i.test(written)) return undefined;
  try {
    return decodeURIComponent(written);
  } catch {
    return undefined;
  }
}
