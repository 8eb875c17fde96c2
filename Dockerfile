# syntax=docker/dockerfile:1

# `docker build -t hookyard .`, then `docker run --rm hookyard help`; a node needs Postgres and NATS beside it, see
# docker-compose.yml. BuildKit is needed: the caches below keep compiled dependencies from one build to the next.

FROM rust:1.95-slim-trixie AS build
# jemalloc is built with it.
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The target folder is a cache, not a layer, so the program is copied out of it. One cache a platform; builds take turns.
ARG TARGETARCH
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,id=hookyard-target-${TARGETARCH},sharing=locked \
    cargo build --release --locked --bin hookyard \
    && cp target/release/hookyard /usr/local/bin/hookyard

FROM debian:trixie-slim
# The authorities that endpoints' certificates are checked against.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 hookyard \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin hookyard
COPY --from=build /usr/local/bin/hookyard /usr/local/bin/hookyard

LABEL org.opencontainers.image.title="Hookyard" \
      org.opencontainers.image.description="Webhook delivery that loses nothing and lets no slow receiver hurt another" \
      org.opencontainers.image.licenses="Apache-2.0"

# By number, so that Kubernetes can see it is not root. It writes no file: the root may be read-only.
USER 10001:10001
EXPOSE 8013
# It drains: attempts under way end and are recorded. Give it 35 s (`docker stop -t 35`).
STOPSIGNAL SIGTERM

# /livez by the shell alone, without a further program in the image. For `serve` on its port or on that of PORT; whoever
# sets another in server.listen, or runs another command, gives a check of their own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT:-8013} && printf 'GET /livez HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]

ENTRYPOINT ["hookyard"]
CMD ["serve"]
