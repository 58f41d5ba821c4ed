/** Every word of the pages in Vietnamese and English; a missing translation does not compile. */

import { SCAN_WORDS } from './scans/words.ts';
import { CITIZEN_WORDS } from './words-citizen.ts';
import type { Pair } from './words-codes.ts';
import { REPORT_WORDS } from './words-report.ts';

/** Languages of the pages; the first is the default. */
export const LANGUAGES = ['vi', 'en'] as const;
/** Language of a page. */
export type Language = (typeof LANGUAGES)[number];

const PAGE_WORDS = {
  brand: ['Liên Thông', 'Liên Thông'],
  tagline: ['Trục liên thông văn bản và hồ sơ', 'Document interoperability gateway'],
  skip: ['Đến nội dung chính', 'Skip to content'],
  'nav.label': ['Mục chính', 'Main menu'],
  'nav.packages': ['Gói tin', 'Packages'],
  'nav.inbox': ['Hộp đến', 'Inbox'],
  'nav.signing': ['Ký số', 'Signing'],
  'nav.dossiers': ['Hồ sơ', 'Dossiers'],
  'nav.operations': ['Vận hành', 'Operations'],
  'nav.scans': ['Quét', 'Scans'],
  'nav.verify': ['Kiểm tra chữ ký', 'Check signatures'],
  'nav.leave': ['Thoát', 'Sign out'],
  'nav.language': ['English', 'Tiếng Việt'],
  'role.clerk': ['Văn thư', 'Clerk'],
  'role.officer': ['Cán bộ', 'Officer'],
  'role.system': ['Hệ thống', 'System'],
  'role.operator': ['Vận hành', 'Operator'],
  'role.auditor': ['Kiểm tra, kiểm toán', 'Auditor'],
  'about.1': [
    'Liên Thông chuyển văn bản điện tử và hồ sơ một cửa giữa các cơ quan nhà nước, kiểm tra chữ ký số trên từng tệp và ghi lại từng bước.',
    'Liên Thông carries electronic documents and one-stop dossiers between public agencies, checks the digital signatures of every file and records each step.',
  ],
  'about.2': [
    'Ai cũng có thể kiểm tra chữ ký của một tệp ngay tại đây; cán bộ đăng nhập để xem gói tin của cơ quan mình.',
    'Anyone can check the signatures of a file right here; staff sign in to see the packages of their agency.',
  ],
  'signin.title': ['Đăng nhập', 'Sign in'],
  'signin.token': ['Mã truy cập', 'Access token'],
  'signin.hint': [
    'Bắt đầu bằng lt_; do quản trị trục cấp cho cơ quan.',
    'Starts with lt_; given to your agency by the operator of the gateway.',
  ],
  'signin.go': ['Đăng nhập', 'Sign in'],
  'signin.wrong': [
    'Mã truy cập không đúng hoặc đã bị thu hồi. Hãy chép lại cả mã; nếu vẫn không được, hãy xin quản trị trục cấp mã mới.',
    'This access token is wrong or was revoked. Copy all of it again; if that does not help, ask the operator for a new one.',
  ],
  'signin.wait': [
    'Đã nhập sai nhiều lần. Hãy thử lại sau {seconds} giây.',
    'Too many wrong tries. Try again in {seconds} seconds.',
  ],
  'signin.crossSite': [
    'Yêu cầu đăng nhập không đến từ trang này; hãy mở lại trang và thử lại.',
    'The sign-in did not come from this page; open the page again and retry.',
  ],
  'signin.needed': ['Hãy đăng nhập để xem trang này.', 'Sign in to see this page.'],
  'verify.title': ['Kiểm tra chữ ký số', 'Check digital signatures'],
  'verify.drop': ['Thả tệp vào đây, hoặc', 'Drop a file here, or'],
  'verify.choose': ['Chọn tệp…', 'Choose a file…'],
  'verify.hint': [
    'PDF, XML, CMS, edXML; tối đa {limit} mỗi tệp. Tệp chỉ để kiểm tra, không được lưu lại.',
    'PDF, XML, CMS, edXML; up to {limit} each. Files are only checked, never kept.',
  ],
  'verify.go': ['Kiểm tra', 'Check'],
  'list.title': ['Gói tin', 'Packages'],
  'list.titleAll': ['Gói tin của mọi cơ quan', 'Packages of all agencies'],
  'list.empty': ['Chưa có gói tin nào.', 'There are no packages yet.'],
  'list.emptyFilter': ['Không có gói tin nào khớp với bộ lọc.', 'No package fits the filter.'],
  'list.clear': ['Bỏ bộ lọc', 'Clear the filter'],
  'list.more': ['Xem thêm', 'Show more'],
  'list.older': ['Các gói tin cũ hơn', 'Older packages'],
  'list.newest': ['Về mới nhất', 'Back to the newest'],
  'list.recipients': ['{n} nơi nhận', '{n} recipients'],
  'list.noRecipient': ['không có nơi nhận', 'no recipient'],
  'list.noSubject': ['(không có trích yếu)', '(no subject)'],
  'filter.title': ['Lọc', 'Filter'],
  'filter.words': ['Tìm', 'Search'],
  'filter.wordsHint': ['Số, ký hiệu, trích yếu, nơi gửi', 'Number, subject, sender'],
  'filter.direction': ['Chiều', 'Direction'],
  'filter.both': ['Đi và đến', 'Sent and received'],
  'filter.sent': ['Đi', 'Sent'],
  'filter.received': ['Đến', 'Received'],
  'filter.kind': ['Loại', 'Kind'],
  'filter.kindsMain': ['Văn bản và hồ sơ', 'Documents and dossiers'],
  'filter.kindsAll': ['Tất cả', 'Everything'],
  'filter.state': ['Trạng thái', 'State'],
  'filter.anyState': ['Mọi trạng thái', 'Any state'],
  'filter.go': ['Lọc', 'Filter'],
  'attention.label': ['Việc cần làm', 'To do'],
  'attention.parked': ['lượt gửi dừng, cần xử lý', 'deliveries stopped'],
  'attention.unreadable': ['gói tin đến không chuyển được', 'arrivals not passed on'],
  'attention.retrying': ['lượt gửi đang chờ gửi lại', 'deliveries waiting to be sent again'],
  'attention.unanswered': ['văn bản đến chưa trả lời', 'documents not answered'],
  'attention.none': ['Không có việc nào cần xử lý.', 'Nothing needs attention.'],
  'package.from': ['Cơ quan gửi', 'Sender'],
  'package.date': ['Ngày ban hành', 'Promulgated'],
  'package.typeName': ['Loại văn bản', 'Type'],
  'package.signer': ['Người ký văn bản', 'Signed by'],
  'package.accepted': ['Tiếp nhận lúc', 'Accepted at'],
  'package.origin': ['Tiếp nhận qua', 'Came in through'],
  'package.id': ['Mã gói tin', 'Package id'],
  'package.documentId': ['Mã văn bản (DocumentId)', 'DocumentId'],
  'package.sha256': ['SHA-256 của gói tin', 'SHA-256 of the package'],
  'package.dossier': ['Thuộc hồ sơ', 'Dossier'],
  'package.correlates': ['Liên quan tới', 'Belongs to'],
  'package.furtherOf': ['Gửi thêm nơi nhận, sau lần gửi', 'Sent to further recipients, after'],
  'package.further': ['Đã gửi thêm cho nơi nhận khác', 'Sent to further recipients'],
  'package.answer': ['Trả lời trong hộp đến', 'Answer in the inbox'],
  'package.due': ['Hạn trả lời', 'Answer due'],
  'package.more': ['Thông tin kỹ thuật', 'Technical details'],
  'package.download': ['Tải gói tin (XML)', 'Download the package (XML)'],
  'package.evidence': ['Hồ sơ chứng cứ (JSON)', 'Evidence (JSON)'],
  'attention.atRisk': ['sắp trễ hoặc đã trễ hạn gửi', 'nearly or already too late'],
  'deadline.title': ['Hạn gửi văn bản', 'Time limits for sending'],
  'deadline.rule': [
    'Văn bản phải gửi trong ngày, chậm nhất sáng ngày làm việc tiếp theo; văn bản khẩn gửi ngay (tính trễ sau {minutes} phút). QĐ 28/2018/QĐ-TTg.',
    'A document goes out the same day, at the latest the next working day in the morning; an urgent one at once (late after {minutes} minutes). QĐ 28/2018/QĐ-TTg.',
  ],
  'deadline.none': ['Không có văn bản nào sắp trễ hạn.', 'Nothing is about to be late.'],
  'deadline.latest': ['chậm nhất', 'at the latest'],
  'recipients.action': ['Việc cần làm:', 'What to do:'],
  'operations.levels': ['Chữ ký chưa đạt mức', 'Signatures below their level'],
  'operations.noLevels': ['Không có chữ ký nào chờ nâng mức.', 'No signature waits to be raised.'],
  'operations.levelStopped': ['Đã dừng, cần người xem', 'Stopped, a person has to look'],
  'operations.levelRetry': ['Thử lại ngay', 'Try again now'],
  'operations.levelAttempts': ['đã thử {n} lần', '{n} attempts'],
  'operations.title': ['Vận hành', 'Operations'],
  'operations.counterparties': ['Hệ thống bên ngoài', 'Counterparties'],
  'operations.none': ['Chưa có hệ thống nào được cấu hình.', 'No counterparty is configured.'],
  'operations.system': ['Hệ thống', 'System'],
  'operations.state': ['Tình trạng', 'State'],
  'operations.waiting': ['Đang chờ gửi', 'Waiting'],
  'operations.do': ['Thao tác', 'Actions'],
  'operations.until': ['tới', 'until'],
  'operations.nextTrial': ['thử lại lúc', 'next trial'],
  'operations.pause': ['Tạm dừng', 'Pause'],
  'operations.pauseNow': ['Tạm dừng gửi', 'Pause sending'],
  'operations.resume': ['Mở lại', 'Resume'],
  'operations.reason': ['Lý do (mọi người đều thấy)', 'Reason (shown to everyone)'],
  'operations.parked': ['Đang dừng, chờ người xử lý', 'Stopped, waiting for a person'],
  'operations.nothingParked': ['Không có lượt gửi nào đang dừng.', 'Nothing is parked.'],
  'operations.group': ['{n} lượt gửi qua {system}', 'Through {system}: {n}'],
  'operations.oldest': ['lâu nhất từ', 'oldest since'],
  'operations.retryAll': ['Gửi lại cả {n} lượt', 'Try all {n} again'],
  'recall.open': ['Thu hồi văn bản', 'Take the document back'],
  'recall.hint': [
    'Bản chưa rời trục được rút ngay. Nơi đã nhận được hỏi ý kiến; văn bản bị đóng băng cho tới khi có trả lời (15 hoặc 16).',
    'What has not left is withdrawn at once. Recipients who have it are asked; it is frozen until they answer (15 or 16).',
  ],
  'recall.reason': ['Lý do thu hồi (mọi nơi nhận đều thấy)', 'Reason (every recipient sees it)'],
  'recall.do': ['Gửi yêu cầu thu hồi', 'Send the recall'],
  'arrival.title': ['Gói tin không chuyển được', 'A package that is not passed on'],
  'arrival.place': ['dòng {line}, cột {column}', 'line {line}, column {column}'],
  'arrival.note': ['Đã làm gì (ghi vào dòng thời gian)', 'What was done (stays on the timeline)'],
  'arrival.settle': ['Đánh dấu đã xử lý', 'Tick off'],
  'arrival.reopen': ['Mở lại', 'Take up again'],
  'arrival.why': ['Vì sao mở lại', 'Why it is taken up again'],
  'arrival.settled': ['Đã đánh dấu xử lý xong; xem dòng thời gian.', 'Ticked off; see the timeline.'],
  'operations.arrivals': ['Gói tin đến không chuyển được', 'Arrivals that go to nobody'],
  'operations.noArrivals': ['Không có gói tin đến nào chờ xử lý.', 'No arrival waits for a person.'],
  'operations.arrivalGroup': ['{n} gói tin từ {system}', '{n} arrivals from {system}'],
  'operations.settleAll': ['Đánh dấu đã xử lý cả {n} gói', 'Tick all {n} off'],
  'recipients.title': ['Nơi nhận', 'Recipients'],
  'recipients.agency': ['Cơ quan', 'Agency'],
  'recipients.state': ['Chuyển phát', 'Delivery'],
  'recipients.status': ['Trạng thái xử lý (QĐ 28)', 'Processing status (QĐ 28)'],
  'recipients.note': ['Ghi chú', 'Notes'],
  'recipients.noStatus': ['chưa có', 'none yet'],
  'recipients.attempts': ['đã thử {n} lần', 'tried {n} times'],
  'recipients.next': ['thử lại trước {time}', 'next attempt before {time}'],
  'recipients.retry': ['Thử lại', 'Try again'],
  'recipients.retryFor': ['Thử gửi lại tới {name}', 'Try again to send to {name}'],
  'recipients.showAll': ['Hiện tất cả {n} nơi nhận', 'Show all {n} recipients'],
  'files.title': ['Tệp đính kèm', 'Attachments'],
  'files.none': ['Gói tin không có tệp đính kèm.', 'The package has no attachment.'],
  'files.download': ['Tải về {name}', 'Download {name}'],
  'files.report': ['Xem kết quả kiểm tra chữ ký', 'Show the signature report'],
  'files.checkedAt': ['kiểm tra lúc {time}', 'checked at {time}'],
  'timeline.title': ['Diễn biến', 'Timeline'],
  'timeline.intact': ['Chuỗi sự kiện nguyên vẹn ({n} sự kiện)', 'Event chain intact ({n} events)'],
  'timeline.broken': [
    'CHUỖI SỰ KIỆN BỊ SỬA: sự kiện trong kho không khớp mã băm. Hãy báo quản trị trục.',
    'EVENT CHAIN BROKEN: stored events do not match their hashes. Tell the operator.',
  ],
  'timeline.routed': ['Xếp hàng gửi tới {recipient}.', 'Queued for {recipient}.'],
  'timeline.statusPackage': ['Xem gói trả lời', 'Show the answer'],
  'timeline.group': ['{n} sự kiện cùng loại', '{n} events of this kind'],
  'timeline.hidden': ['Ẩn {n} sự kiện ở giữa; hiện tất cả', '{n} events in between are hidden; show all'],
  'timeline.gateway': ['Trục liên thông', 'The gateway'],
  'timeline.system': ['Hệ thống {name}', 'System {name}'],
  'timeline.someone': ['nơi nhận', 'the recipient'],
  'timeline.unknown': ['Sự kiện: {type}', 'Event: {type}'],
  'timeline.reason': ['Lý do: {reason}', 'Reason: {reason}'],
  'timeline.lowerLevel': [
    'Ký ở mức {level}, chưa đạt mức {wanted} vì chưa có dấu thời gian hoặc bằng chứng; hệ thống tự nâng mức sau.',
    'Signed at level {level} below {wanted}: no time-stamp or evidence could be had; it is completed later.',
  ],
  'timeline.nextIn': ['Thử lại sau {seconds} giây.', 'Next attempt in {seconds} seconds.'],
  'timeline.note': ['Nội dung trả lời: {text}', 'Said: {text}'],
  'timeline.noSigner': ['không rõ người ký', 'signer not known'],
  'timeline.skippedLarge': ['Tệp lớn hơn giới hạn kiểm tra.', 'The file is over the limit for checking.'],
  'status.value': ['{code} – {text}', '{code} – {text}'],
  'inbox.title': ['Hộp đến', 'Inbox'],
  'inbox.empty': ['Hộp đến trống.', 'The inbox is empty.'],
  'inbox.emptyOpen': ['Mọi văn bản đến đều đã được trả lời.', 'Every document has been answered.'],
  'inbox.show': ['Hiện', 'Show'],
  'inbox.open': ['Chưa xong', 'Open'],
  'inbox.all': ['Tất cả', 'All'],
  'inbox.answerThere': [
    'Trả lời (15 hoặc 16) ở văn bản được yêu cầu lấy lại',
    'Answer (15 or 16) at the document that is asked back',
  ],
  'inbox.unanswered': ['Chưa trả lời', 'Not answered'],
  'inbox.answer': ['Trả lời', 'Answer'],
  'inbox.answerFor': ['Trả lời văn bản {code}', 'Answer document {code}'],
  'inbox.note': ['Ghi chú (bắt buộc khi từ chối)', 'Note (needed when refusing)'],
  'inbox.agency': ['Hộp đến của {name}', 'Inbox of {name}'],
  'inbox.needsScript': [
    'Trả lời và thử lại cần bật JavaScript, hoặc dùng API.',
    'Answering and retrying need JavaScript, or the API.',
  ],
  'dossiers.title': ['Hồ sơ một cửa', 'One-stop dossiers'],
  'dossiers.empty': ['Chưa có hồ sơ nào.', 'There are no dossiers yet.'],
  'dossier.title': ['Hồ sơ {code}', 'Dossier {code}'],
  'dossier.agency': ['Cơ quan tiếp nhận', 'Received by'],
  'dossier.procedure': ['Mã thủ tục', 'Procedure'],
  'dossier.state': ['Trạng thái', 'State'],
  'dossier.portal': ['Cổng Dịch vụ công quốc gia', 'National Public Service Portal'],
  'dossier.ministry': ['Hệ thống của bộ', "The ministry's system"],
  'dossier.result': ['Kết quả', 'Result'],
  'dossier.download': ['Tải kết quả', 'Download the result'],
  'dossier.none': ['chưa có', 'none yet'],
  'dossier.created': ['Tạo lúc', 'Created'],
  'dossier.updated': ['Cập nhật lúc', 'Updated'],
  'dossier.packages': ['Các gói tin của hồ sơ', 'Packages of the dossier'],
  'lookup.title': ['Tra cứu hồ sơ', 'Look up a dossier'],
  'lookup.code': ['Mã hồ sơ', 'Dossier code'],
  'lookup.go': ['Tra cứu', 'Look up'],
  'lookup.hint': [
    'Mã in trên giấy tiếp nhận, ví dụ 000.21.32.H99-261122-0001; quét mã vạch hoặc mã QR cũng được.',
    'The code printed on the receipt, such as 000.21.32.H99-261122-0001; its barcode or QR may be scanned.',
  ],
  'lookup.none': ['Không có hồ sơ nào mang mã {code}.', 'There is no dossier with the code {code}.'],
  'lookup.noneHint': [
    'Hãy so lại mã với giấy tiếp nhận; nếu đúng mà vẫn không thấy, hãy hỏi bộ phận một cửa nơi đã nộp.',
    'Compare the code with the receipt; if it is right, ask the one-stop desk where the dossier was handed in.',
  ],
  'lookup.link': ['Tra cứu tình trạng hồ sơ', 'Look up the state of a dossier'],
  'error.notFound': ['Không tìm thấy.', 'Not found.'],
  'error.notFoundHint': [
    'Địa chỉ sai, hoặc gói tin không thuộc cơ quan của bạn.',
    'The address is wrong, or the package is not of your agency.',
  ],
  'error.store': [
    'Kho lưu trữ tạm thời không sẵn sàng. Hãy thử lại sau ít giây.',
    'The store is not available at present. Try again in a few seconds.',
  ],
  'error.internal': [
    'Lỗi bên trong hệ thống; sự cố đã được ghi lại. Hãy thử lại; nếu vẫn lỗi, hãy báo quản trị trục.',
    'An internal fault; it was recorded. Try again; if it stays, tell the operator.',
  ],
  'error.back': ['Về trang đầu', 'Back to the first page'],
} as const satisfies Readonly<Record<string, Pair>>;

/** Keys of the words. */
export type Word =
  | keyof typeof PAGE_WORDS
  | keyof typeof REPORT_WORDS
  | keyof typeof SCAN_WORDS
  | keyof typeof CITIZEN_WORDS;

/** Says a word, with `{name}` places filled. */
export type Translate = (word: Word, values?: Readonly<Record<string, string | number>>) => string;

const ALL: Readonly<Record<Word, Pair>> = {
  ...PAGE_WORDS,
  ...REPORT_WORDS,
  ...SCAN_WORDS,
  ...CITIZEN_WORDS,
};

/** Fills `{name}` places; a place nobody fills stays empty. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_place, name: string) => String(values[name] ?? ''));
}

/** The Vietnamese or the English half. */
export function say(pair: Pair, lang: Language): string {
  return pair[lang === 'vi' ? 0 : 1];
}

/** The words in one language. */
export function translator(lang: Language): Translate {
  return (word, values = {}) => fill(say(ALL[word], lang), values);
}

/** What the browser's scripts are given. */
export function clientWords(lang: Language): Record<string, string> {
  return Object.fromEntries(Object.entries(REPORT_WORDS).map(([word, pair]) => [word, say(pair, lang)]));
}
