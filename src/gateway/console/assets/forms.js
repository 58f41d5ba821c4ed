/** What pages with forms of their own share: asking the gateway, and telling what became of it. */
const lang = document.documentElement.lang;

async function reasonOf(answer) {
  const problem = await answer.json().catch(() => ({}));
  const errors = (problem.errors ?? []).map((error) => `${error.path ?? ''} ${error.message ?? ''}`.trim());
  return [problem.detail ?? `HTTP ${answer.status}`, ...errors].join(' · ');
}

/** Asks for JSON; throws an Error with the gateway's reason. */
export async function ask(path, method, body, headers = {}) {
  const answer = await fetch(path, { method, body, headers: { 'Accept-Language': lang, ...headers } });
  if (!answer.ok) throw new Error(await reasonOf(answer));
  return answer.json();
}

/** A key under which a request sent again is the same request. */
export function keyOf() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

/** Does a form's work with its button disabled; what goes wrong is told in its output. */
export async function busy(form, work) {
  const output = form.querySelector('output');
  const button = form.querySelector('button');
  button.disabled = true;
  form.setAttribute('aria-busy', 'true');
  output.className = '';
  output.textContent = form.dataset.sending ?? '';
  try {
    await work();
  } catch (cause) {
    output.className = 'bad-text';
    output.textContent = cause.message;
  }
  form.removeAttribute('aria-busy');
  button.disabled = false;
}
