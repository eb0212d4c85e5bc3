import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The bytes that this process holds on to, in its heap and in buffers beside it, once all garbage is gone. */
export function memoryInUse(): number {
  collectGarbage();
  collectGarbage(); // buffers that the first one found are given back by the second
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
