/** Pages for everyone: what this is, the drop zone, the sign-in field; and the page of a fault. */
import { html, type SafeHtml } from '../html.ts';
import type { ConsoleDeps, View } from '../view.ts';
import type { Word } from '../words.ts';
import { pageOf } from './layout.ts';
import { limitText, sizeText } from './parts.ts';

/** The drop zone; null when the operator closed checking to those not signed in. */
export function dropZone(view: View, deps: ConsoleDeps, heading: 'h1' | 'h2' = 'h2'): SafeHtml | null {
  const { t } = view;
  const limit = view.principal === null ? deps.config.publicVerifyBytes : deps.config.maxFileBytes;
  if (limit === 0) return null;
  const title =
    heading === 'h1'
      ? html`<h1 id="verify-title">${t('verify.title')}</h1>`
      : html`<h2 id="verify-title">${t('verify.title')}</h2>`;
  return html`<section class="drop" data-verify data-limit="${sizeText(limit, view.lang)}" data-limit-bytes="${limit}" aria-labelledby="verify-title">
${title}
<form method="post" action="/api/v1/verifications" enctype="multipart/form-data">
<div class="drop-area"><span>${t('verify.drop')}</span> <input type="file" id="verify-file" name="file" multiple aria-describedby="verify-hint"><label class="button" for="verify-file">${t('verify.choose')}</label></div>
<p class="hint" id="verify-hint">${limitText(t, limit, view.lang)}</p>
<noscript><button>${t('verify.go')}</button></noscript>
</form>
<div data-result aria-live="polite"></div>
</section>`;
}

function signInForm(view: View, problem: string | null, next: string): SafeHtml {
  const { t } = view;
  return html`<section class="sign-in" aria-labelledby="signin-title">
<h2 id="signin-title">${t('signin.title')}</h2>
<form method="post" action="/console/session">
${problem === null ? null : html`<p class="problem" role="alert" id="signin-problem">${problem}</p>`}
<label for="token">${t('signin.token')}</label>
<input type="password" id="token" name="token" required maxlength="200" autocomplete="current-password" spellcheck="false" autocapitalize="none" aria-describedby="token-hint${problem === null ? '' : ' signin-problem'}"${problem === null ? null : html` aria-invalid="true" autofocus`}>
<p class="hint" id="token-hint">${t('signin.hint')}</p>
<input type="hidden" name="next" value="${next}">
<button class="primary">${t('signin.go')}</button>
</form>
</section>`;
}

/** Only paths of our own are come back to. */
export function safeNext(path: unknown): string {
  return typeof path === 'string' && /^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(path) && !path.includes('\\')
    ? path
    : '/';
}

/** `/` for someone not signed in, and any page that needs signing in. `problem`: why signing in did not work. */
export function signInPage(
  view: View,
  deps: ConsoleDeps,
  options: { problem?: string; next?: string } = {},
): SafeHtml {
  const { t } = view;
  const next = safeNext(options.next ?? view.path);
  const problem = options.problem ?? (next === '/' ? null : t('signin.needed'));
  return pageOf(view, {
    title: t('tagline'),
    body: html`<h1>${t('tagline')}</h1>
<p class="lead">${t('about.1')} ${t('about.2')}</p>
<p><a href="/tra-cuu">${t('lookup.link')}</a></p>
<div class="pair">${dropZone(view, deps)}${signInForm(view, problem, next)}</div>`,
  });
}

/** `/kiem-tra`: only the drop zone. */
export function verifyPage(view: View, deps: ConsoleDeps): SafeHtml {
  const zone = dropZone(view, deps, 'h1');
  return pageOf(view, {
    title: view.t('verify.title'),
    nav: 'verify',
    body: zone ?? html`<h1>${view.t('verify.title')}</h1><p>${view.t('signin.needed')}</p>`,
  });
}

/** A fault in plain words. */
export function faultPage(view: View, what: Word, hint?: Word): SafeHtml {
  const { t } = view;
  return pageOf(view, {
    title: t(what),
    body: html`<h1>${t(what)}</h1>${hint === undefined ? null : html`<p>${t(hint)}</p>`}<p><a href="/">${t('error.back')}</a></p>`,
  });
}
