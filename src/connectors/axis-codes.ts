import type { ConnectorErrorCode } from './errors.ts';

/**
 * Error codes of the document axis family, as listed by the provincial LGSP document API (Lạng Sơn, 2026); the national
 * axis publishes no list, so its simulator and our own VXP endpoint use the same numbers.
 */
export const AXIS_CODES = {
  ok: '0',
  invalidFile: '10',
  notFound: '11',
  badCredentials: '15',
  recipientUnknown: '18',
  senderUnknown: '19',
  systemFault: '20',
  fileFault: '21',
  invalidEdxml: '22',
  recipientLocked: '23',
} as const;

const MEANING: Record<string, { code: ConnectorErrorCode }> = {
  [AXIS_CODES.invalidFile]: { code: 'CONNECTOR_INVALID_DOCUMENT' },
  [AXIS_CODES.notFound]: { code: 'CONNECTOR_NOT_FOUND' },
  [AXIS_CODES.badCredentials]: { code: 'CONNECTOR_AUTH_FAILED' },
  [AXIS_CODES.recipientUnknown]: { code: 'CONNECTOR_RECIPIENT_UNKNOWN' },
  [AXIS_CODES.senderUnknown]: { code: 'CONNECTOR_SENDER_UNKNOWN' },
  [AXIS_CODES.systemFault]: { code: 'CONNECTOR_REMOTE_FAULT' },
  [AXIS_CODES.fileFault]: { code: 'CONNECTOR_INVALID_DOCUMENT' },
  [AXIS_CODES.invalidEdxml]: { code: 'CONNECTOR_INVALID_DOCUMENT' },
  [AXIS_CODES.recipientLocked]: { code: 'CONNECTOR_RECIPIENT_LOCKED' },
};

/** Axis code → ours; a code nobody documented is a plain refusal, so that nothing is sent again blindly. */
export function codeOfAxis(code: string): ConnectorErrorCode {
  return MEANING[code.replace(/^0+(?=\d)/, '')]?.code ?? 'CONNECTOR_REFUSED';
}
