/**
 * The report as a PDF for a file in court: Vietnamese first, English below it. It says what was found, on what evidence and by
 * which rule, and nothing that the verdict does not hold.
 */
import type { SignatureReport, VerificationReport } from '../../signing/index.ts';
import { chainOf, hasProvedTime, rulesOf, stampChainOf } from '../console/assets/explain.js';
import {
  nameParts,
  placeText,
  signerName,
  verdictSentence,
  verdictTone,
  vietnamTime,
} from '../console/assets/report.js';
import { clientWords, fill } from '../console/words.ts';
import { type Canvas, createCanvas, GREY, TONES } from './canvas.ts';

/** What is known beside the verdict. */
export interface ReportContext {
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** When it was verified. */
  readonly at: Date;
  /** Who verified: name and version of this gateway. */
  readonly by: string;
  /** Name of the trust set an anchor belongs to, by the anchor's SHA-256 (hex, lower case). */
  readonly sets?: Readonly<Record<string, string>>;
}

const VI = clientWords('vi');
const EN = clientWords('en');

/** Words of the PDF alone. */
const OWN = {
  title: ['BÁO CÁO KIỂM TRA CHỮ KÝ SỐ', 'DIGITAL SIGNATURE VALIDATION REPORT'],
  size: ['Kích thước', 'Size'],
  checkedAt: ['Thời điểm kiểm tra', 'Checked at'],
  validationTime: ['Xét tại thời điểm', 'Judged as of'],
  by: ['Hệ thống kiểm tra', 'Checked by'],
  policy: ['Chính sách', 'Policy'],
  digest: ['SHA-256 của tệp', 'SHA-256 of the file'],
  result: ['Kết quả', 'Result'],
  anchor: ['bộ tin cậy {set}', 'trust set {set}'],
  legal: [
    'Báo cáo nêu kết quả kiểm tra kỹ thuật theo ETSI EN 319 102-1 và pháp luật về chữ ký số; bằng chứng (chứng thư số, CRL, OCSP) được nhận biết bằng SHA-256. Giờ ghi theo giờ Việt Nam (UTC+7).',
    'This report states the result of a technical check under ETSI EN 319 102-1 and the law on digital signatures; evidence (certificates, CRLs, OCSP answers) is identified by SHA-256. Times are Vietnam time (UTC+7).',
  ],
} as const;

type Pair = readonly [vi: string, en: string];

function word(key: string, values: Readonly<Record<string, string | number>> = {}): Pair {
  return [fill(VI[key] ?? key, values), fill(EN[key] ?? key, values)];
}

function both([vi, en]: Pair): string {
  return vi === en ? vi : `${vi}\n${en}`;
}

function inline([vi, en]: Pair): string {
  return vi === en ? vi : `${vi} / ${en}`;
}

function time(iso: string): string {
  return `${vietnamTime(iso)} (${iso})`;
}

function heading(canvas: Canvas, [vi, en]: Pair): void {
  canvas.need(60);
  canvas.space(6);
  canvas.text(`${vi} / ${en}`, { size: 11.5, bold: true, after: 2 });
}

function drawHead(canvas: Canvas, report: VerificationReport, context: ReportContext): void {
  canvas.text(OWN.title[0], { size: 16, bold: true });
  canvas.text(OWN.title[1], { size: 10.5, color: GREY, after: 6 });
  const tone = verdictTone(report.verdict);
  canvas.box(tone, () => {
    const color = TONES[tone];
    canvas.text(verdictSentence(report, VI, 'vi'), { size: 13, bold: true, color });
    canvas.text(verdictSentence(report, EN, 'en'), { size: 10.5, color, after: 2 });
    canvas.text(`${report.verdict}`, { size: 9, color: GREY });
  });
  canvas.pair(inline(word('report.file')), report.file);
  canvas.pair(inline(OWN.digest), context.sha256);
  canvas.pair(inline(OWN.size), `${context.sizeBytes} byte, ${report.format}`);
  canvas.pair(inline(OWN.checkedAt), time(context.at.toISOString()));
  // Reports of older versions do not say these.
  if (report.validationTime !== undefined)
    canvas.pair(inline(OWN.validationTime), time(report.validationTime));
  if (report.policy !== undefined) canvas.pair(inline(OWN.policy), report.policy);
  canvas.pair(inline(OWN.by), context.by);
}

function drawTime(canvas: Canvas, signature: SignatureReport): void {
  const claimed = signature.claimedSigningTime;
  if (hasProvedTime(signature))
    canvas.pair(inline(word('report.trustedTime')), time(signature.bestSignatureTime));
  canvas.pair(
    inline(word('report.claimedTime')),
    claimed === null ? inline(word('report.noTime')) : time(claimed),
  );
}

function drawSigner(canvas: Canvas, signature: SignatureReport): void {
  if (signature.signer === null) {
    canvas.pair(inline(word('report.signer')), inline(word('report.noTime')));
    return;
  }
  const parts = nameParts(signature.signer.subject);
  canvas.pair(inline(word('report.signer')), signerName(signature.signer.subject), { bold: true });
  if (parts['O'] !== undefined) canvas.pair(inline(word('report.organisation')), parts['O'].join(', '));
  if (parts['UID'] !== undefined) canvas.pair(inline(word('report.uid')), parts['UID'].join(', '));
  canvas.pair(inline(word('report.issuer')), signerName(signature.signer.issuer));
  canvas.pair(inline(word('report.serial')), signature.signer.serialNumber);
}

function drawChanges(canvas: Canvas, signature: SignatureReport): void {
  const changes = signature.changesAfterSigning.map((change) => {
    const [vi, en] = word(`change.${change.kind}`);
    const allowed = inline(word(change.allowed ? 'change.allowed' : 'change.forbidden'));
    const what = VI[`change.${change.kind}`] === undefined ? change.kind : `${vi} / ${en}`;
    return `${what} (${allowed}): ${placeText(change.object, VI)}`;
  });
  canvas.pair(
    inline(word('report.changes')),
    changes.length === 0 ? inline(word('report.noChanges')) : changes.join('\n'),
  );
}

const OUTCOME_TONE = {
  passed: 'good',
  failed: 'bad',
  open: 'wait',
  warned: 'wait',
  claimed: 'wait',
  skipped: 'plain',
} as const;

function drawRules(canvas: Canvas, signature: SignatureReport): void {
  heading(canvas, word('report.rules'));
  for (const { id, clause, outcome, messages } of rulesOf(signature)) {
    canvas.pair(inline(word(`outcome.${outcome}`)), inline(word(`rule.${id}`)), {
      labelWidth: 110,
      color: TONES[OUTCOME_TONE[outcome]],
      after: 0,
    });
    canvas.text(clause, { size: 8.5, color: GREY, indent: 110, after: messages.length === 0 ? 3 : 0 });
    for (const [index, message] of messages.entries())
      canvas.text(`${message.vi}\n${message.en}`, {
        size: 9,
        indent: 110,
        after: index === messages.length - 1 ? 3 : 0,
      });
  }
}

function drawChain(
  canvas: Canvas,
  title: Pair,
  links: ReturnType<typeof chainOf>,
  context: ReportContext,
): void {
  if (links.length === 0) return;
  heading(canvas, title);
  for (const link of links) {
    const tone = { good: 'good', revoked: 'bad', unknown: 'wait', 'not-needed': 'plain' }[link.revocation] as
      | 'good'
      | 'bad'
      | 'wait'
      | 'plain';
    const set = link.sha256 === undefined ? undefined : context.sets?.[link.sha256];
    const source = inline(word(`source.${link.source}`));
    canvas.box(tone, () => {
      canvas.text(signerName(link.subject), { bold: true });
      canvas.text(
        [
          `${source}${set === undefined ? '' : `; ${inline([fill(OWN.anchor[0], { set }), fill(OWN.anchor[1], { set })])}`}`,
          inline(word(`revocation.${link.revocation}`)),
        ].join('; '),
        { size: 9 },
      );
      if (link.notBefore !== undefined && link.notAfter !== undefined)
        canvas.text(
          inline(
            word('report.validity', {
              from: vietnamTime(link.notBefore).slice(9),
              until: vietnamTime(link.notAfter).slice(9),
            }),
          ),
          { size: 9 },
        );
      if (typeof link.evidenceTime === 'string')
        canvas.text(
          `${inline(word('report.evidence', { kind: link.evidence.toUpperCase(), time: vietnamTime(link.evidenceTime) }))}\n${link.evidence.toUpperCase()} SHA-256 ${link.evidenceSha256 ?? ''}`,
          { size: 9 },
        );
      if (link.sha256 !== undefined) canvas.text(`SHA-256 ${link.sha256}`, { size: 8, color: GREY });
    });
  }
}

function drawSignature(
  canvas: Canvas,
  report: VerificationReport,
  signature: SignatureReport,
  number: number,
  context: ReportContext,
): void {
  canvas.need(160);
  canvas.rule();
  canvas.text(inline(word('report.signature', { n: number })), { size: 13, bold: true, after: 2 });
  const tone = verdictTone(signature.indication);
  const sub = signature.subIndication === null ? '' : ` / ${signature.subIndication}`;
  canvas.pair(
    inline(OWN.result),
    `${inline(word(`verdict.${signature.indication}`))} (${signature.indication}${sub})`,
    { color: TONES[tone], bold: true },
  );
  drawSigner(canvas, signature);
  drawTime(canvas, signature);
  canvas.pair(inline(word('report.coverage')), both(word(`coverage.${signature.coverage}`)));
  drawChanges(canvas, signature);
  canvas.pair(inline(word('report.format')), signature.format);
  drawRules(canvas, signature);
  drawChain(canvas, word('report.chain'), chainOf(report, signature), context);
  for (const [index, stamp] of signature.timestamps.entries()) {
    const [vi, en] = word('report.timestamps');
    const when = stamp.time === null ? '' : `: ${vietnamTime(stamp.time)}`;
    const kind = `${inline(word(`stamp.${stamp.type}`))}, ${inline(word(`stamp.${stamp.indication}`))}`;
    heading(canvas, [`${vi} ${index + 1}${when} (${kind})`, en]);
    drawChain(canvas, word('report.chain'), stampChainOf(report, signature, index), context);
  }
}

/** Draws the report. Signing it is the caller's matter. */
export async function reportPdf(report: VerificationReport, context: ReportContext): Promise<Uint8Array> {
  const canvas = await createCanvas({
    title: `${OWN.title[0]}: ${report.file}`,
    language: 'vi-VN',
    now: context.at,
  });
  drawHead(canvas, report, context);
  for (const [index, signature] of report.signatures.entries())
    drawSignature(canvas, report, signature, index + 1, context);
  canvas.rule();
  canvas.text(OWN.legal[0], { size: 8.5 });
  canvas.text(OWN.legal[1], { size: 8.5, color: GREY });
  return canvas.finish(`${OWN.title[0]} · SHA-256 ${context.sha256.slice(0, 16)}…`);
}
