export * from './fields';
export * from './model';
