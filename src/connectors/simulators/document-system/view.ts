import { escapeHtml } from '../portal/view.ts';
import type { InboxItem } from './document-system.ts';

/** The inbox of a simulated document system as a page, for people watching a demonstration. */
export function inboxPage(agencyName: string, items: readonly InboxItem[]): string {
  const rows = items.map((item) => {
    const files = item.files
      .map((file) => `<li>${escapeHtml(`${file.name}: ${file.verdict}`)}</li>`)
      .join('');
    const cells = [item.notation, item.subject, item.from, item.receivedAt, item.statuses.join(', ')];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}<td><ul>${files}</ul></td></tr>`;
  });
  return `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Văn bản đến (mô phỏng)</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.4rem .6rem;text-align:left;vertical-align:top}</style>
<h1>Văn bản đến: ${escapeHtml(agencyName)} (mô phỏng)</h1>
<table><thead><tr><th>Số, ký hiệu</th><th>Trích yếu</th><th>Nơi gửi</th><th>Nhận lúc</th><th>Trạng thái đã trả</th><th>Tệp và kết quả kiểm tra chữ ký</th></tr></thead><tbody>${rows.join('')}</tbody></table></html>`;
}
