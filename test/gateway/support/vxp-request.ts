/** The head of a VXP call as its clients write it: each argument under the prefix, and all of them signed as one JSON text. */
import { createHmac } from 'node:crypto';

/** What is signed and sent, by name without the prefix, in this order; other makers sign numbers and nothing, too. */
export type VxpArguments = Readonly<Record<string, string | number | null>>;

/** @returns every header of the protocol, the signing ones last. */
export function signedVxpHeaders(args: VxpArguments, secret: string): Record<string, string> {
  const named = Object.entries(args).map(([name, value]) => [`XroadVnpt-${name}`, value] as const);
  const signed = JSON.stringify(Object.fromEntries(named));
  return {
    ...Object.fromEntries(named.map(([name, value]) => [name, String(value ?? '')])),
    'XroadVnpt-sign-header-key': Object.keys(args).join(';'),
    'XroadVnpt-sign-header': signed,
    'XroadVnpt-hash-header': createHmac('sha256', secret).update(signed).digest('hex'),
  };
}

/** Those headers as lines of a request. */
export function signedVxpLines(args: VxpArguments, secret: string): string[] {
  return Object.entries(signedVxpHeaders(args, secret)).map(([name, value]) => `${name}: ${value}`);
}
