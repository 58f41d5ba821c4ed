/** What the pages do beyond being read: they keep themselves fresh, send answers, and take files to verify. */
import { tell } from './report.js';
import { startVerify } from './verify.js';

const REFRESH_MS = 4_000;
const SLOWEST_MS = 30_000;
const lang = document.documentElement.lang === 'en' ? 'en' : 'vi';
const { words } = await import(`./words-${lang}.js`);

// ---------------------------------------------------------------------------------------------- keeping fresh

/** Markup of each keyed item as the server sent it: an opened <details> is no change. */
const sent = new WeakMap();
const notice = document.querySelector('[data-notice]');
const said = document.querySelector('[data-said]');
let etag = '';
let failures = 0;
let timer = 0;
let running = false;
let again = false;

function keyedOf(root) {
  return root.querySelectorAll('[data-keyed] > [data-key]');
}

/** Something the user is in the middle of must stay as it is. */
function isBusy(item) {
  const active = document.activeElement;
  if (item.contains(active) && /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName)) return true;
  return item.querySelector('details[open] form, form[aria-busy=true]') !== null;
}

function replaceItem(old, fresh) {
  const open = [...old.querySelectorAll('details')].map((details) => details.open);
  const focus = old.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  for (const [index, details] of [...fresh.querySelectorAll('details')].entries())
    details.open = open[index] ?? false;
  old.replaceWith(fresh);
  if (focus !== null) fresh.querySelector(`[href="${CSS.escape(focus)}"]`)?.focus();
}

function mergeKeyed(current, fresh) {
  const known = new Map([...current.children].map((item) => [item.dataset.key, item]));
  let place = current.firstElementChild;
  for (const item of [...fresh.children]) {
    const markup = item.outerHTML;
    const own = known.get(item.dataset.key);
    known.delete(item.dataset.key);
    let kept = own;
    if (own === undefined) {
      current.insertBefore(item, place);
      kept = item;
    } else {
      if (own === place) place = place.nextElementSibling;
      else current.insertBefore(own, place);
      if (sent.get(own) !== markup && !isBusy(own)) {
        replaceItem(own, item);
        kept = item;
      }
    }
    if (kept === item) {
      sent.set(item, markup);
      item.classList.add('fresh');
    }
  }
  for (const gone of known.values()) if (!isBusy(gone)) gone.remove();
}

function merge(current, fresh) {
  if (current.hasAttribute('data-keyed')) mergeKeyed(current, fresh);
  else if (sent.get(current) !== fresh.innerHTML && !isBusy(current)) {
    sent.set(current, fresh.innerHTML);
    current.replaceChildren(...fresh.childNodes);
  }
}

function show(page) {
  for (const region of document.querySelectorAll('[data-live]')) {
    const fresh = page.querySelector(`[data-live="${CSS.escape(region.dataset.live)}"]`);
    if (fresh !== null) merge(region, fresh);
  }
}

async function load() {
  const answer = await fetch(location.href, { headers: etag === '' ? {} : { 'If-None-Match': etag } });
  if (answer.status === 304) return;
  if (answer.status === 401 || answer.status === 404) return location.reload();
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  etag = answer.headers.get('etag') ?? '';
  show(page);
}

async function refresh() {
  clearTimeout(timer);
  if (running) again = true;
  if (running || document.hidden) return;
  running = true;
  do {
    again = false;
    try {
      await load();
      failures = 0;
    } catch {
      failures += 1;
    }
  } while (again);
  running = false;
  const text = failures > 1 ? tell(words, 'refresh.lost') : '';
  if (notice.textContent !== text) notice.textContent = text;
  timer = setTimeout(refresh, Math.min(REFRESH_MS * 2 ** failures, SLOWEST_MS));
}

if (document.querySelector('[data-live]') !== null) {
  for (const item of keyedOf(document)) sent.set(item, item.outerHTML);
  for (const region of document.querySelectorAll('[data-live]:not([data-keyed])'))
    sent.set(region, region.innerHTML);
  document.addEventListener('visibilitychange', refresh);
  timer = setTimeout(refresh, REFRESH_MS);
}

// ---------------------------------------------------------------------------------------------- showing more

document.addEventListener('click', async (event) => {
  const more = event.target instanceof Element ? event.target.closest('a[data-more]') : null;
  if (more === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.replaceState(null, '', more.href);
  etag = '';
  await refresh();
});

// ---------------------------------------------------------------------------------------------- actions

function requestKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

/** Sends a form of ours to the API. Resolves to '' or to why it was refused. */
async function send(form, body) {
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Accept-Language': lang,
        'Idempotency-Key': form.dataset.requestKey,
      },
      body: JSON.stringify(body),
    });
    if (answer.ok) return '';
    const problem = await answer.json().catch(() => ({}));
    const first = problem.errors?.[0]?.message;
    return [problem.detail ?? `HTTP ${answer.status}`, first].filter((text) => text !== undefined).join(' ');
  } catch {
    return tell(words, 'error.network');
  }
}

function say(form, text, isBad) {
  const output = form.querySelector('output');
  output.textContent = text;
  output.className = isBad ? 'bad-text' : 'good-text';
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute('data-action')) return;
  event.preventDefault();
  const body = Object.fromEntries(
    [...new FormData(form, event.submitter)].map(([name, value]) => [name, String(value).trim()]),
  );
  if (body.description === '') delete body.description;
  if (body.statusCode === '02' && body.description === undefined)
    return say(form, tell(words, 'action.needsReason'), true);
  const buttons = [...form.querySelectorAll('button')];
  form.setAttribute('aria-busy', 'true');
  // A repeat after a lost answer is the same request; another answer is not.
  const asked = JSON.stringify(body);
  if (form.dataset.asked !== asked) form.dataset.requestKey = requestKey();
  form.dataset.asked = asked;
  for (const button of buttons) button.disabled = true;
  const refused = await send(form, body);
  form.removeAttribute('aria-busy');
  for (const button of buttons) button.disabled = false;
  if (refused !== '') {
    if (refused !== tell(words, 'error.network')) delete form.dataset.asked;
    return say(form, tell(words, 'action.failed', { reason: refused }), true);
  }
  delete form.dataset.asked;
  say(form, '', false);
  said.textContent = tell(words, 'action.done');
  const details = form.closest('details');
  if (details !== null) details.open = false;
  etag = '';
  await refresh();
});

document.documentElement.classList.add('js');
document.querySelector('.tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
const zone = document.querySelector('[data-verify]');
if (zone !== null) startVerify(zone, words, lang);
const review = document.querySelector('[data-review]');
if (review !== null) (await import('./review.js')).startReview(review);
document.documentElement.dataset.ready = 'true';
