/** Which hosts may be asked for revocation data: an exact list, never what a document says. */
import { listOf } from './addresses.ts';

/** `host`, `host:port`, or `*.suffix` for every name below it. */
const ENTRY =
  /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*(?::\d{1,5})?$/;
const ENTRY_V6 = /^\[[0-9a-f:]+\](?::\d{1,5})?$/;

/** Whether `text` is a list of hosts, comma separated; empty is one. */
export function isHostList(text: string): boolean {
  return listOf(text.toLowerCase()).every((entry) => ENTRY.test(entry) || ENTRY_V6.test(entry));
}

/** Whether the address of `url` is on the list. */
export type HostRule = (url: URL) => boolean;

function usualPort(url: URL): string {
  return url.protocol === 'https:' ? '443' : '80';
}

/** Host and port of an entry; no port: the usual one of the scheme. */
function split(entry: string): { name: string; port: string | null } {
  const match = /^(.*?)(?::(\d+))?$/.exec(entry);
  return { name: match?.[1] ?? entry, port: match?.[2] ?? null };
}

/** The rule of a comma separated list (see {@link isHostList}). */
export function hostRule(list: string): HostRule {
  const entries = listOf(list.toLowerCase()).map(split);
  return (url) => {
    const port = url.port === '' ? usualPort(url) : url.port;
    const host = url.hostname.replace(/\.$/, '');
    return entries.some(({ name, port: wanted }) => {
      if (port !== (wanted ?? usualPort(url))) return false;
      return name.startsWith('*.')
        ? host.endsWith(name.slice(1)) && host.length > name.length - 1
        : host === name;
    });
  };
}

/** Hosts of a rewriting list `old=new, …`; null when it is none. */
export function readRewrites(text: string): Record<string, string> | null {
  const pairs = listOf(text.toLowerCase()).map((entry) => entry.split('=').map((part) => part.trim()));
  if (
    pairs.some(
      (pair) =>
        pair.length !== 2 || !pair.every((host) => isHostList(host) && !host.includes('*') && host !== ''),
    )
  )
    return null;
  return Object.fromEntries(pairs as [string, string][]);
}
