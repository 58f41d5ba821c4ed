export * from './agencies.ts';
export * from './find.ts';
export * from './recent.ts';
export * from './schedule.ts';
export * from './search.ts';
export * from './sync.ts';
