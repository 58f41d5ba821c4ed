/** The words of `route explain` for a person at a terminal, Vietnamese first. */
import { printLine } from '../exit-codes.ts';
import type { SigningLine } from './configured.ts';
import type { Explanation, RouteLine, SenderLine } from './explain.ts';

/** Faults told of one refusal. */
const MOST_FAULTS = 20;

const RULE_WORDS: Readonly<Record<string, string>> = {
  accept: 'nhận / accepted',
  flag: 'đánh dấu / flagged',
  hold: 'giữ lại chờ người / held for a person',
  refuse: 'trả lại (02) / returned (02)',
};

const STATE_WORDS: Readonly<Record<string, string>> = {
  maintenance: 'đang tạm dừng, văn bản chờ / paused, it waits',
  down: 'không trả lời, văn bản chờ / does not answer, it waits',
};

function printRoute(line: RouteLine): void {
  const name = line.name === undefined ? '' : ` ${line.name}`;
  if (!line.ok) {
    printLine(`${line.to}${name}: KHÔNG gửi được / cannot be sent, ${line.because} [${line.rule}]`);
    return;
  }
  if (line.outcome === 'same') {
    printLine(`${line.to}${name}: ${line.because} [${line.rule}]`);
    return;
  }
  if (line.hasIt === true) {
    printLine(
      `${line.to}${name}: đã nhận trước đây, không gửi lại / has got it before, not sent again [${line.rule}]`,
    );
    return;
  }
  const way = line.routingKey === null ? 'hộp đến tại trục / inbox here' : line.routingKey;
  printLine(`${line.to}${name}: ${line.system}, ${way} [${line.rule}]`);
  if (line.passedOver !== undefined)
    printLine(`    mã này còn là mã khác của / also another code of: ${line.passedOver.join(', ')}`);
  const { counterparty, signatures } = line;
  if (counterparty !== null && counterparty !== undefined) {
    const { state, reason, until, waiting } = counterparty;
    if (state !== 'open') {
      const end = until === null ? '' : `, → ${new Date(until).toISOString()}`;
      printLine(`    ${STATE_WORDS[state]}: ${reason ?? ''}${end} (chờ / waiting: ${waiting})`);
    }
    const rate = line.perSecond === null ? '' : `, ${line.perSecond}/s`;
    printLine(`    cùng lúc / at a time: ${line.atATime}${rate}`);
  }
  if (
    signatures !== null &&
    signatures !== undefined &&
    [signatures.packageRule, signatures.fileRule].some((rule) => rule !== 'accept')
  ) {
    const { packageRule, fileRule, threshold, by } = signatures;
    printLine(
      `    chữ ký chưa đạt (từ ${threshold}) / signatures not in order: gói / package ${RULE_WORDS[packageRule]}; tệp / files ${RULE_WORDS[fileRule]} [${by === 'agency' ? 'quy định của cơ quan nhận / its own policy' : 'cấu hình chung / settings'}]`,
    );
  }
}

function printSigning({ key, profile, ok, kind, certificate, because }: SigningLine): void {
  if (!ok) {
    printLine(`ký / sign ${key} (${profile}): KHÔNG / no, ${because}`);
    return;
  }
  const what =
    certificate === null
      ? `${kind}, không mở ở đây / not opened here`
      : `${certificate.subject}, ${certificate.serialNumber}, đến / until ${certificate.notAfter}`;
  printLine(`ký / sign ${key} (${profile}): ${what}`);
}

function printSender({ code, name, tokens, systems }: SenderLine): void {
  const known = name ?? 'không có trong danh mục / not in the directory';
  const more = systems.length === 0 ? '' : `, hệ thống / systems: ${systems.join(', ')}`;
  printLine(`gửi từ / from ${code} ${known}: mã truy cập / tokens: ${tokens}${more}`);
}

const SENT_BEFORE = {
  same: 'cùng nội dung: nhận lại câu trả lời cũ / same content: gets the first answer again',
  further: 'cùng nội dung: gửi cho cơ quan chưa nhận / same content: goes to those who have not got it',
  other: 'nội dung khác: bị từ chối / other content: refused',
  withdrawn:
    'đã thu hồi: gửi lại bị từ chối DOCUMENT_CONFLICT, hãy gửi bản thay thế / taken back: again it is refused, send a replacement',
  unknown:
    'gửi lại y nguyên thì nhận câu trả lời cũ, thêm nơi nhận thì gửi cho nơi chưa nhận, khác nội dung thì bị từ chối DOCUMENT_CONFLICT / the same again gets the first answer, to further agencies goes to those, other content is refused',
};

/** Writes it on stdout; the verdict first. */
export function printExplanation(all: Explanation): void {
  printLine(
    all.ok
      ? 'SẼ ĐƯỢC TIẾP NHẬN / would be taken in'
      : 'SẼ BỊ TỪ CHỐI, không gửi cho cơ quan nào / would be refused, nothing is sent to anyone',
  );
  for (const { code, vi, en, faults } of all.refusals) {
    printLine(`  ${code}: ${vi} / ${en}`);
    for (const fault of faults.slice(0, MOST_FAULTS)) {
      const place = fault.line === undefined ? '' : ` (${fault.line}:${fault.column ?? 1})`;
      printLine(`    ${fault.code}${place} ${fault.vi} / ${fault.en}`);
    }
    if (faults.length > MOST_FAULTS) printLine(`    … +${faults.length - MOST_FAULTS}`);
  }
  for (const { vi, en } of all.warnings) printLine(`  lưu ý / note: ${vi} / ${en}`);
  if (all.sender !== null) printSender(all.sender);
  for (const route of all.routes) printRoute(route);
  for (const line of all.signing) printSigning(line);
  printLine(`làn / lane: ${all.urgency}; phải rời trục trước / must leave by: ${all.latestAt}`);
  const { packageBytes, fileBytes, recipients } = all.limits;
  printLine(
    `giới hạn / limits: ${packageBytes} byte một gói / a package, ${fileBytes} byte một tệp ký / a signed file, ${recipients} nơi nhận / recipients`,
  );
  if (all.sentBefore !== null) {
    const { packageId, state, content } = all.sentBefore;
    const fate = state === 'withdrawn' ? state : (content ?? 'unknown');
    printLine(`đã gửi trước đây / sent before: ${packageId} (${state}), ${SENT_BEFORE[fate]}`);
  }
}
