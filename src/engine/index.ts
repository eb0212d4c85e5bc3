export { murmur3, shareLimit, shareUnit, splitUnit } from './hash';
