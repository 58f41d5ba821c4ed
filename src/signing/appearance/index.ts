/** What NĐ 30/2020 wants to see on the page. */

export { drawSealPng, drawSignaturePng } from './image/draw.ts';
export { blankNumber, drawIssue, type IssueStamp } from './issue.ts';
export {
  type AppearanceOptions,
  type AppearanceProfile,
  assumedSealMm,
  type LeaderPlace,
  type PlacedAppearance,
  placeAppearance,
  vietnamTime,
} from './place.ts';
