export { AXIS_CODES } from './axis-codes.ts';
export * from './business-registry/index.ts';
export * from './civil-status/index.ts';
export * from './document-store/index.ts';
export * from './edoc-axis/index.ts';
export {
  CONNECTOR_ERRORS,
  type ConnectorEffect,
  ConnectorError,
  type ConnectorErrorCode,
  type ConnectorErrorDetails,
  mayStillWork,
} from './errors.ts';
export type { HttpOptions } from './http.ts';
export * from './judicial-records/index.ts';
export * from './land-tax/index.ts';
export { type Authorization, createLgspToken, type LgspTokenOptions } from './lgsp-token.ts';
export * from './linked-service/index.ts';
export * from './mapped/index.ts';
export * from './national-portal/index.ts';
export * from './payment/index.ts';
export * from './population-database/index.ts';
export * from './provincial-axis/index.ts';
export * from './simulators/index.ts';
export * from './vnpost/index.ts';
export * from './vxp/index.ts';
export * from './webhook/index.ts';
