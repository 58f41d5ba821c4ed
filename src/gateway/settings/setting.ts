/** How a setting is declared, and the kinds of values settings have. */
import { z } from 'zod';

/** One setting: where it comes from, what it may be, what it is for. */
export interface SettingSpec<T> {
  readonly env: string;
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
  readonly meaning: string;
  readonly secret?: boolean;
}

/** Declares a setting. `secret`: masked wherever it is shown, and may be given as a file (`NAME_FILE`). */
export function setting<T>(
  env: string,
  schema: z.ZodType<T>,
  fallback: T,
  meaning: string,
  secret = false,
): SettingSpec<T> {
  return { env, schema, fallback, meaning, secret };
}

/** Any text. */
export const text = z.string();
/** Empty, or an address. */
export const url = z.union([z.literal(''), z.url()]);
/** Empty, or an address of one of these schemes. The message never quotes it: it holds a password. */
export function address(...schemes: readonly string[]): z.ZodType<string> {
  const isOne = (value: string): boolean =>
    value === '' || (URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)));
  return z.string().refine(isOne, `must be an address ${schemes.join(':// or ')}://`);
}

/** Empty, or addresses of one of these schemes, comma separated. */
export function addresses(...schemes: readonly string[]): z.ZodType<string> {
  const one = address(...schemes);
  const areAll = (value: string): boolean =>
    value === '' || addressList(value).every((part) => part !== '' && one.safeParse(part).success);
  return z.string().refine(areAll, `must be addresses ${schemes.join(':// or ')}://, comma separated`);
}

/** The addresses of such a setting. */
export function addressList(value: string): string[] {
  return value === '' ? [] : value.split(',').map((part) => part.trim());
}

/** A whole number from 1. */
export const positive = z.coerce.number().int().positive();
/** A whole number from 0. */
export const count = z.coerce.number().int().nonnegative();
/** true or false. */
export const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((v) => v === 'true' || v === '1'),
]);

/** Octets in a mebibyte. */
export const MIB = 1024 * 1024;
