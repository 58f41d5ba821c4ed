/** What every page is given: language, who asks, and how pages are sent. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Principal, Sealer } from '../access/index.ts';
import type { Config } from '../config.ts';
import type { LegalClock } from '../deadlines/index.ts';
import { findAgencies } from '../directory/index.ts';
import type { Exchange } from '../exchange/index.ts';
import type { PaperDossiers } from '../paper-dossiers/index.ts';
import type { KeyRing } from '../workers/index.ts';
import type { SafeHtml } from './html.ts';
import type { Assets } from './static.ts';
import { type Language, type Translate, translator } from './words.ts';

/** The part of the gateway the pages read. */
export interface ConsoleDeps {
  readonly clock: LegalClock;
  readonly x: Pick<Exchange, 'store' | 'blobs' | 'log' | 'counterparties' | 'now'>;
  readonly config: Pick<
    Config,
    'insecureCookies' | 'publicVerifyBytes' | 'maxFileBytes' | 'signingPlugin' | 'signingPluginAddresses'
  >;
  /** Keys officers may choose from. */
  readonly keyRing?: Pick<KeyRing, 'keys'>;
  /** Opens what was read from paper dossiers. */
  readonly sealer?: Sealer;
  readonly paperDossiers?: Pick<PaperDossiers, 'noteReader'>;
}

/** One page view. */
export interface View {
  readonly lang: Language;
  readonly t: Translate;
  readonly assets: Assets;
  /** Path and query asked for, to come back to. */
  readonly path: string;
  /** Null: nobody is signed in. */
  readonly principal: Principal | null;
  /** Name of the holder's agency; its code when the directory has none. */
  readonly agencyName: string;
}

/** A view with somebody signed in. */
export type SignedInView = View & { readonly principal: Principal };

/** Name of the language cookie. */
export const LANGUAGE_COOKIE = 'lienthong_lang';
const YEAR_MS = 31_536_000_000;

/** A cookie's value, or undefined. */
export function cookieOf(req: Pick<Request, 'get'>, name: string): string | undefined {
  for (const part of (req.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** `?lang=` wins and is remembered; then the cookie; Vietnamese otherwise. */
function languageOf(req: Request, res: Response, deps: ConsoleDeps): Language {
  const asked = req.query['lang'];
  if (asked === 'vi' || asked === 'en') {
    res.cookie(LANGUAGE_COOKIE, asked, {
      maxAge: YEAR_MS,
      sameSite: 'lax',
      secure: !deps.config.insecureCookies,
      path: '/',
    });
    return asked;
  }
  return cookieOf(req, LANGUAGE_COOKIE) === 'en' ? 'en' : 'vi';
}

/** Path and query of this request without the language switch. */
function pathOf(req: Request): string {
  const base = 'http://gateway.invalid';
  // `//` names a host that is none.
  const url = new URL(URL.canParse(req.originalUrl, base) ? req.originalUrl : '/', base);
  url.searchParams.delete('lang');
  return url.pathname + url.search;
}

/** Makes the view of one request. */
export async function makeView(
  deps: ConsoleDeps,
  assets: Assets,
  req: Request,
  res: Response,
  principal: Principal | null,
): Promise<View> {
  const lang = languageOf(req, res, deps);
  const agency =
    principal === null
      ? undefined
      : (await findAgencies(deps.x.store.read, [principal.agency])).get(principal.agency);
  return {
    lang,
    t: translator(lang),
    assets,
    path: pathOf(req),
    principal,
    agencyName: agency?.name ?? principal?.agency ?? '',
  };
}

/** Nothing inline, nothing from elsewhere, not inside another site's frame. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The policy of one page: the barcode reader is a WebAssembly module of our own; the signing plugin is on the reader's machine. */
function policyOf({ wasm = false, connect = [] }: { wasm?: boolean; connect?: readonly string[] }): string {
  const scripts = wasm ? "script-src 'self' 'wasm-unsafe-eval'" : "script-src 'self'";
  return CONTENT_SECURITY_POLICY.replace("script-src 'self'", scripts).replace(
    "connect-src 'self'",
    ["connect-src 'self'", ...connect].join(' '),
  );
}

/**
 * Sends a page that is never stored (it shows an agency's papers) but answers 304 to a refresh that has it already.
 * @param more.connect further addresses its scripts may speak with: the signing plugin on the reader's machine.
 */
export function sendPage(
  req: Request,
  res: Response,
  page: SafeHtml,
  status = 200,
  more: { wasm?: boolean; connect?: readonly string[] } = {},
): void {
  const body = Buffer.from(page.markup, 'utf8');
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  res.set({
    'Content-Security-Policy': policyOf(more),
    'Cache-Control': 'no-store',
    // Forms of our own must carry their Origin (see origin.ts); other sites are told nothing.
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Cookie',
    ETag: etag,
  });
  if (status === 200 && req.get('if-none-match') === etag) res.status(304).end();
  else res.status(status).type('html').send(body);
}
