// `npm start`: the built server in this process. Where npm is not wanted, run `node dist/src/server.js` directly.
import { endWithParent } from './parent.mjs';

endWithParent(() => process.kill(process.pid, 'SIGTERM'));
await import('../dist/src/server.js');
