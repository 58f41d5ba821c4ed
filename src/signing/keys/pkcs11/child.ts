/** The process that holds a vendor's PKCS#11 module: when that crashes or hangs, the gateway does not. */
import { SigningError } from '../../errors.ts';
import { type Cryptoki, CryptokiError, openCryptoki } from './cryptoki.ts';
import type { Reply, Request } from './host.ts';
import { createTokenKeys, type TokenKeys } from './token.ts';

const [, , modulePath = ''] = process.argv;
let keys: Promise<TokenKeys> | undefined;

async function load(): Promise<TokenKeys> {
  let cryptoki: Cryptoki;
  try {
    cryptoki = await openCryptoki(modulePath);
  } catch (cause) {
    if (cause instanceof CryptokiError) throw cause;
    throw new SigningError('KEY_MODULE_UNAVAILABLE', {
      cause,
      details: { reason: cause instanceof Error ? cause.message : String(cause) },
    });
  }
  return createTokenKeys(cryptoki);
}

async function answer(request: Request): Promise<unknown> {
  keys ??= load();
  const opened = await keys;
  if (request.method === 'open') return opened.open(request.argument);
  if (request.method === 'sign') return opened.sign(request.argument);
  return opened.close(request.argument);
}

function described(cause: unknown): NonNullable<Reply['error']> {
  if (cause instanceof SigningError)
    return { kind: 'refused', code: cause.code, details: cause.details, message: cause.message };
  if (cause instanceof CryptokiError) return { kind: 'module', answer: cause.answer, message: cause.message };
  return { kind: 'module', answer: 'fault', message: cause instanceof Error ? cause.message : 'fault' };
}

process.on('disconnect', () => process.exit(0));
process.on('message', (request: Request) => {
  void answer(request).then(
    (value) => process.send?.({ id: request.id, value } satisfies Reply),
    (cause: unknown) => process.send?.({ id: request.id, error: described(cause) } satisfies Reply),
  );
});
