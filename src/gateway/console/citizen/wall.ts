/** `/man-hinh`: the wall screen. Counts only; drawn whole by the server, kept fresh by server-sent events. */
import type { Request, Response } from 'express';
import { type Principal, visibleAgencies } from '../../access/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { countWall, type WallRow } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { timeOf } from '../pages/parts.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';

const DAY_MS = 86_400_000;
const VIETNAM_MS = 7 * 3_600_000;
/** What is due within a day is about to be late. */
const SOON_MS = DAY_MS;
/** How often the counts are looked at while somebody watches. */
const LOOK_MS = 2_000;
const DONE: ReadonlySet<number> = new Set([3, 8, 9, 10]);

interface Line {
  readonly agency: string;
  readonly total: number;
  readonly open: number;
  readonly late: number;
  /** Late and still open; the rest of `late` was finished late. */
  readonly lateOpen: number;
  readonly soon: number;
  readonly done: number;
}

async function count(deps: ConsoleDeps, principal: Principal): Promise<WallRow[]> {
  const now = deps.x.now();
  const dayStart = Math.floor((now + VIETNAM_MS) / DAY_MS) * DAY_MS - VIETNAM_MS;
  return countWall(deps.x.store.read, visibleAgencies(principal), {
    dayStart,
    now,
    soonBefore: now + SOON_MS,
  });
}

function linesOf(rows: readonly WallRow[]): Line[] {
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const line = lines.get(row.agency) ?? {
      agency: row.agency,
      total: 0,
      open: 0,
      late: 0,
      lateOpen: 0,
      soon: 0,
      done: 0,
    };
    const isDone = DONE.has(row.state);
    lines.set(row.agency, {
      ...line,
      total: line.total + row.total,
      open: line.open + (isDone ? 0 : row.total),
      done: line.done + (isDone ? row.total : 0),
      late: line.late + row.late,
      lateOpen: line.lateOpen + (isDone ? 0 : row.late),
      soon: line.soon + row.soon,
    });
  }
  return [...lines.values()].sort((a, b) => b.late - a.late || b.total - a.total);
}

/** The page, made to be read from across a hall. */
export async function wallPage(view: SignedInView, deps: ConsoleDeps): Promise<SafeHtml> {
  const { t, assets } = view;
  const lines = linesOf(await count(deps, view.principal));
  const names = await findAgencies(
    deps.x.store.read,
    lines.map((line) => line.agency),
  );
  const sum = (pick: (line: Line) => number): number => lines.reduce((total, line) => total + pick(line), 0);
  const big = (tone: string, value: number, label: string): SafeHtml =>
    html`<div class="big ${tone}"><b>${value}</b><span>${label}</span></div>`;
  const rows = lines.map(
    (line) =>
      html`<tr><th scope="row">${names.get(line.agency)?.name ?? line.agency}</th><td>${line.total}</td><td>${line.open - line.soon - line.lateOpen}</td><td class="soon">${line.soon}</td><td class="late">${line.late}</td><td class="done">${line.done}</td></tr>`,
  );
  const table =
    lines.length === 0
      ? html`<p class="none">${t('wall.empty')}</p>`
      : html`<table><thead><tr><th scope="col">${t('wall.agency')}</th><th scope="col">${t('wall.all')}</th><th scope="col">${t('wall.onTime')}</th><th scope="col">${t('wall.soon')}</th><th scope="col">${t('wall.late')}</th><th scope="col">${t('wall.done')}</th></tr></thead><tbody>${rows}</tbody></table>`;
  return html`<!doctype html>
<html lang="${view.lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t('wall.title')} · ${t('brand')}</title><link rel="icon" href="${assets.base}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${assets.base}/citizen.css"><script type="module" src="${assets.base}/wall.js"></script>
<noscript><meta http-equiv="refresh" content="30"></noscript></head>
<body class="wall"><header><h1>${t('wall.title')}</h1><p data-region="time">${timeOf(deps.x.now())}</p></header>
<main data-region="main"><section class="bigs">${big(
    '',
    sum((line) => line.open),
    t('wall.open'),
  )}${big(
    'done',
    sum((line) => line.done),
    t('wall.done'),
  )}${big(
    'soon',
    sum((line) => line.soon),
    t('wall.soon'),
  )}${big(
    'late',
    sum((line) => line.late),
    t('wall.late'),
  )}</section>${table}</main></body></html>`;
}

/** `/man-hinh/su-kien`: says `change` whenever the counts are others than before, and a comment now and then to keep the line. */
export async function watchWall(
  deps: ConsoleDeps,
  principal: Principal,
  req: Request,
  res: Response,
): Promise<void> {
  res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
  let last = JSON.stringify(await count(deps, principal));
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    try {
      const present = JSON.stringify(await count(deps, principal));
      res.write(present === last ? ': \n\n' : 'event: change\ndata: 1\n\n');
      last = present;
    } catch {
      res.end(); // the page asks again, and is told then what is wrong
    } finally {
      looking = false;
    }
  }, LOOK_MS);
  res.write('event: change\ndata: 1\n\n');
  req.once('close', () => clearInterval(timer));
}
