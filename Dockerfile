# syntax=docker/dockerfile:1

# `docker build -t hookyard .`, then `docker run --rm hookyard help`; a node needs Postgres and NATS beside it, see
# docker-compose.yml. BuildKit is needed: the caches below keep compiled dependencies from one build to the next.

FROM node:24-trixie-slim AS dashboard
WORKDIR /src/dashboard
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN --mount=type=cache,target=/npm,sharing=locked npm ci --cache /npm --ignore-scripts --no-audit --no-fund
COPY dashboard .
RUN npm run build

FROM rust:1.95-slim-trixie AS build
# jemalloc is built with it. Of whichever version the base has.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
COPY --from=dashboard /src/dashboard/dist dashboard/dist
# The target folder is a cache, not a layer, so the program is copied out of it. One cache a platform; builds take turns.
ARG TARGETARCH
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,id=hookyard-target-${TARGETARCH},sharing=locked \
    cargo build --release --locked --bin hookyard \
    && cp target/release/hookyard /usr/local/bin/hookyard

# The C library that the program was linked with, the authorities that endpoints' certificates are checked against, names and
# time zones; no shell, no package manager. `:nonroot` has a user for that number.
FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=build /usr/local/bin/hookyard /usr/local/bin/hookyard

LABEL org.opencontainers.image.title="Hookyard" \
      org.opencontainers.image.description="Webhook delivery that loses nothing and lets no slow receiver hurt another" \
      org.opencontainers.image.licenses="Apache-2.0"

# By number, so that Kubernetes can see it is not root. It writes no file: the root may be read-only.
USER 65532:65532
EXPOSE 8013
# It drains: attempts under way end and are recorded. Give it 35 s (`docker stop -t 35`).
STOPSIGNAL SIGTERM

# /livez, for `serve` on its port or on that of PORT; whoever sets another in server.listen, or runs another command, gives a
# check of their own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["/usr/local/bin/hookyard", "health"]

ENTRYPOINT ["/usr/local/bin/hookyard"]
CMD ["serve"]
