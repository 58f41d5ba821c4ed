export { type VxpAnswerBody, vxpAnswer } from './answer.ts';
export { createVxpClient } from './client.ts';
export { endsWithCrlf, matchesHashFile, type SendBodyFacts, sdkHex, stripSendBody } from './hash-file.ts';
export { buildVxpHeaders, formatVxpTimestamp, parseVxpTimestamp, signVxpHeader } from './headers.ts';
export type * from './types.ts';
export {
  VxpRequestError,
  type VxpRequestErrorCode,
  type VxpVerifyInput,
  verifyVxpRequest,
} from './verify.ts';
