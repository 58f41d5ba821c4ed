import type { PortalHolding } from './national-portal.ts';

/** A page of what the simulated portal holds, for people watching a demonstration. */
export function portalPage(holdings: readonly PortalHolding[]): string {
  const rows = holdings.map((holding) => {
    const steps = holding.steps.map(
      (step) => `<li>${escapeHtml(`${step.ThoiDiemXuLy} → ${step.TrangThai}: ${step.NoiDungXuLy}`)}</li>`,
    );
    const cells = [
      holding.row.MaHoSo,
      holding.row.TenTTHC,
      holding.row.DonViXuLy,
      holding.row.TrangThaiHoSo,
    ].map((cell) => `<td>${escapeHtml(cell)}</td>`);
    return `<tr>${cells.join('')}<td><ol>${steps.join('')}</ol></td></tr>`;
  });
  return `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Cổng DVCQG (mô phỏng)</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.4rem .6rem;text-align:left;vertical-align:top}</style>
<h1>Cổng Dịch vụ công quốc gia (mô phỏng)</h1><p>Dữ liệu thử, không phải hệ thống thật.</p>
<table><thead><tr><th>Mã hồ sơ</th><th>Thủ tục</th><th>Đơn vị xử lý</th><th>Trạng thái</th><th>Tiến độ</th></tr></thead><tbody>${rows.join('')}</tbody></table></html>`;
}

/** Text as HTML character data. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
