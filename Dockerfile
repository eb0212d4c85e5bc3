# Built with the compiler and all packages, run with neither.
FROM node:22-bookworm-slim AS build
# better-sqlite3 comes ready-made for this image; where it cannot be downloaded it is compiled.
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make python3 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY . .
RUN node scripts/setup.mjs --no-install \
 && npm prune --omit=dev --ignore-scripts \
 && mkdir data

FROM node:22-bookworm-slim
ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps \
    HOST=0.0.0.0 \
    PORT=3000
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/views views
COPY --from=build /app/partials partials
COPY --from=build /app/public public
COPY --from=build --chown=node:node /app/data data
USER node
EXPOSE 3000
# The SQLite file, if no other database is named, and the mail that could not be sent.
VOLUME /app/data
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm: it gets the stop signal, finishes its requests and ends with 0. It migrates before it listens.
CMD ["node", "dist/src/server.js"]
