/** What a document system must do on the VXP protocol, one line a rule, and how far it has come. */

/** Words in both languages. */
export interface Words {
  readonly vi: string;
  readonly en: string;
}

interface Rule extends Words {
  /** Needed for a pass; the others are told as advice. */
  readonly required: boolean;
}

/** In the order a client meets them. Sources: the public SDK's wire protocol; QCVN 102:2016; QĐ 28/2018; NĐ 30/2020. */
export const RULES = {
  'auth.headers': {
    required: true,
    vi: 'Đủ tiêu đề XroadVnpt-…, giá trị gửi đúng giá trị đã ký',
    en: 'All XroadVnpt-… headers are there and say what was signed',
  },
  'auth.signature': {
    required: true,
    vi: 'Mã xác thực hash-header là HMAC-SHA256 của sign-header',
    en: 'hash-header is the HMAC-SHA256 of sign-header',
  },
  'auth.time': {
    required: true,
    vi: "Thời điểm dạng ddMMyyyy'T'HHmmss+SSSS, lệch không quá 5 phút",
    en: "The time is ddMMyyyy'T'HHmmss+SSSS, at most 5 minutes off",
  },
  'auth.fresh': {
    required: false,
    vi: 'Mỗi lượt gọi một thời điểm mới (SDK Java: tạo lại đối tượng dịch vụ mỗi lượt)',
    en: 'A new time for each round (Java SDK: a new service object for each)',
  },
  agencies: {
    required: false,
    vi: 'Lấy danh mục đơn vị (getAgenciesList, …QD20 hoặc getSynchronizeUnit)',
    en: 'Reads the directory (getAgenciesList, …QD20 or getSynchronizeUnit)',
  },
  'receive.list': {
    required: true,
    vi: 'Hỏi văn bản đến (getReceivedEdocList, messagetype=edoc)',
    en: 'Asks what arrived (getReceivedEdocList, messagetype=edoc)',
  },
  'receive.get': {
    required: true,
    vi: 'Lấy mọi văn bản đến (getEdoc hoặc downloadEdoc)',
    en: 'Fetches every document (getEdoc or downloadEdoc)',
  },
  'receive.done': {
    required: true,
    vi: 'Báo đã nhận (updateStatus done) sau khi lấy, không báo trước',
    en: 'Acknowledges (updateStatus done) after fetching, not before',
  },
  'answer.arrived': {
    required: true,
    vi: 'Trả lời 01 hoặc 03 cho mọi văn bản đến (QĐ 28/2018)',
    en: 'Answers every document with 01 or 03 (QĐ 28/2018)',
  },
  'answer.right': {
    required: true,
    vi: 'Gói trạng thái đúng: đúng văn bản, đúng bên gửi, đúng thứ tự, đúng QCVN 102',
    en: 'Statuses are right: the document, its sender, the order, QCVN 102',
  },
  'answer.recall': {
    required: true,
    vi: 'Trả lời 15 hoặc 16 khi bên gửi thu hồi',
    en: 'Answers 15 or 16 when the sender asks a document back',
  },
  'send.accepted': {
    required: true,
    vi: 'Gửi được một văn bản (sendEdoc, messagetype=edoc)',
    en: 'Sends a document (sendEdoc, messagetype=edoc)',
  },
  'send.hash': {
    required: true,
    vi: 'hash-file là SHA-256 của đúng tệp gửi đi',
    en: 'hash-file is the SHA-256 of the very file that was sent',
  },
  'send.valid': {
    required: true,
    vi: 'Gói tin gửi đi không có lỗi theo QCVN 102 và NĐ 30/2020',
    en: 'The package has no fault by QCVN 102 and NĐ 30/2020',
  },
  'send.files': {
    required: false,
    vi: 'Văn bản gửi đi có tệp đính kèm, có trong danh mục tệp',
    en: 'The document has a file, and the manifest names it',
  },
  'status.list': {
    required: true,
    vi: 'Hỏi trạng thái văn bản đã gửi (getReceivedEdocList, messagetype=status)',
    en: 'Asks for statuses of what it sent (getReceivedEdocList, messagetype=status)',
  },
  'status.done': {
    required: true,
    vi: 'Lấy và báo đã nhận mọi gói trạng thái',
    en: 'Fetches and acknowledges every status',
  },
  'sent.list': {
    required: false,
    vi: 'Đối chiếu văn bản đã gửi (getSentEdocList)',
    en: 'Compares with the list of what it sent (getSentEdocList)',
  },
} as const satisfies Record<string, Rule>;

/** Name of one rule. */
export type RuleId = keyof typeof RULES;

/** One rule and how the client did; `faults` are the last few, the newest at the end. */
export interface Line extends Words {
  readonly id: RuleId;
  readonly required: boolean;
  readonly state: 'passed' | 'failed' | 'not-seen';
  readonly faults: readonly Words[];
}

/** The whole result. */
export interface Report {
  /** Every required rule passed. */
  readonly passed: boolean;
  readonly calls: number;
  readonly checks: readonly Line[];
}

const FAULTS_KEPT = 5;

/** Keeps the score. The last word counts: a client mended while it is being watched passes. */
export function createScore(changed: (line: Line) => void) {
  const lines = new Map<RuleId, { state: Line['state']; faults: Words[] }>();

  function line(id: RuleId): Line {
    const { required, vi, en } = RULES[id];
    const { state = 'not-seen', faults = [] } = lines.get(id) ?? {};
    return { id, required, vi, en, state, faults: [...faults] };
  }

  function set(id: RuleId, state: Line['state'], fault?: Words): void {
    const known = lines.get(id) ?? { state: 'not-seen', faults: [] };
    const isNews = known.state !== state || (fault !== undefined && known.faults.at(-1)?.vi !== fault.vi);
    known.state = state;
    if (fault !== undefined && isNews) known.faults = [...known.faults, fault].slice(-FAULTS_KEPT);
    lines.set(id, known);
    if (isNews) changed(line(id));
  }

  const all = (): Line[] => (Object.keys(RULES) as RuleId[]).map(line);
  return {
    pass: (id: RuleId) => set(id, 'passed'),
    fail: (id: RuleId, fault: Words) => set(id, 'failed', fault),
    state: (id: RuleId) => line(id).state,
    all,
    isPassed: () => all().every(({ required, state }) => !required || state === 'passed'),
  };
}

/** The score of one session. */
export type Score = ReturnType<typeof createScore>;
