export { AXIS_CODES } from './axis-codes.ts';
export {
  CONNECTOR_ERRORS,
  type ConnectorEffect,
  ConnectorError,
  type ConnectorErrorCode,
  type ConnectorErrorDetails,
} from './errors.ts';
export type { HttpOptions } from './http.ts';
export * from './judicial-records/index.ts';
export { type Authorization, createLgspToken, type LgspTokenOptions } from './lgsp-token.ts';
export * from './national-portal/index.ts';
export * from './provincial-axis/index.ts';
export * from './simulators/index.ts';
export * from './vxp/index.ts';
export * from './webhook/index.ts';
