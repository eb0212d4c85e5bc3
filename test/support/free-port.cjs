const { randomInt } = require('node:crypto');
const { createServer } = require('node:net');

const TRIES = 100;

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

exports.freePort = async () => {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error('found no free port on 127.0.0.1');
};
