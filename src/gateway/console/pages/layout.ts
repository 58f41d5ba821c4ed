/** The frame of every page: head, header with navigation and language switch, main. */
import { html, type SafeHtml } from '../html.ts';
import type { View } from '../view.ts';
import type { Word } from '../words.ts';

/** What a page puts into the frame. */
export interface PageContent {
  readonly title: string;
  readonly body: SafeHtml;
  /** Which entry of the navigation is this page's. */
  readonly nav?: 'packages' | 'inbox' | 'signing' | 'dossiers' | 'scans' | 'verify' | 'operations';
}

const SIGNED_IN_NAV: readonly (readonly [name: NonNullable<PageContent['nav']>, path: string, word: Word])[] =
  [
    ['packages', '/', 'nav.packages'],
    ['inbox', '/hop-den', 'nav.inbox'],
    ['signing', '/ky-so', 'nav.signing'],
    ['dossiers', '/ho-so', 'nav.dossiers'],
    ['scans', '/quet', 'nav.scans'],
    ['verify', '/kiem-tra', 'nav.verify'],
  ];
/** Only for those who run or audit the gateway. */
const OPERATOR_NAV: typeof SIGNED_IN_NAV = [['operations', '/van-hanh', 'nav.operations']];

function navigation(view: View, current: PageContent['nav']): SafeHtml | null {
  if (view.principal === null) return null;
  const isOperator = view.principal.role === 'operator' || view.principal.role === 'auditor';
  const entries = [...SIGNED_IN_NAV, ...(isOperator ? OPERATOR_NAV : [])].map(
    ([name, path, word]) =>
      html`<li><a href="${path}"${name === current ? html` aria-current="page"` : null}>${view.t(word)}</a></li>`,
  );
  return html`<nav aria-label="${view.t('nav.label')}"><ul class="tabs">${entries}</ul></nav>`;
}

function holder(view: View): SafeHtml | null {
  if (view.principal === null) return null;
  return html`<form method="post" action="/console/session/end" class="who">
<span><b>${view.agencyName}</b> <small>${view.t(`role.${view.principal.role}`)}</small></span>
<button class="quiet">${view.t('nav.leave')}</button></form>`;
}

/** Address of this page in the other language. */
function otherLanguage(view: View): string {
  const url = new URL(view.path, 'http://gateway.invalid');
  url.searchParams.set('lang', view.lang === 'vi' ? 'en' : 'vi');
  return url.pathname + url.search;
}

/** A whole page. */
export function pageOf(view: View, content: PageContent): SafeHtml {
  const { t, lang, assets } = view;
  const other = lang === 'vi' ? 'en' : 'vi';
  return html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${content.title} · ${t('brand')}</title>
<link rel="icon" href="${assets.base}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${assets.base}/console.css">
<link rel="stylesheet" href="${assets.base}/parts.css">
<link rel="stylesheet" href="${assets.base}/report.css">
${content.nav === 'scans' ? html`<link rel="stylesheet" href="${assets.base}/review.css">` : null}
<script type="module" src="${assets.base}/console.js"></script>
</head>
<body>
<a class="skip" href="#main">${t('skip')}</a>
<header class="top">
<a class="brand" href="/"><img src="${assets.base}/icon.svg" width="28" height="28" alt=""> <b>${t('brand')}</b>${view.principal === null ? html` <small>${t('tagline')}</small>` : null}</a>
${navigation(view, content.nav)}
<div class="top-end">${holder(view)}<a href="${otherLanguage(view)}" hreflang="${other}" lang="${other}" rel="nofollow">${t('nav.language')}</a></div>
</header>
<main id="main" tabindex="-1">
<p class="notice" role="status" data-notice></p>
<p class="said" role="status" data-said></p>
${content.body}
</main>
</body>
</html>
`;
}
