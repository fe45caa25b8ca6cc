# One image, three commands: `listing-worker worker` (the default), `listing-worker api`, `listing-worker migrate`.
# Debian's own Chromium, not Playwright's image: that one is meant for tests and runs as root without a sandbox.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/listing-worker
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY migrations ./migrations
COPY listing_worker ./listing_worker
RUN /opt/listing-worker/bin/pip install '.[aws,bullmq,otel,sentry]'

FROM python:3.11-slim-bookworm
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# tini reaps what a crashed Chromium leaves behind; tzdata for the sellers' time zones.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      ca-certificates chromium chromium-sandbox fonts-liberation fonts-noto-color-emoji tini tzdata util-linux \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 --shell /usr/sbin/nologin worker \
 && install --directory --owner=worker --group=worker --mode=0700 /data
COPY --from=build /opt/listing-worker /opt/listing-worker
ENV PATH=/opt/listing-worker/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CHROMIUM_PATH=/usr/bin/chromium \
    DATA_DIR=/data \
    HOST=0.0.0.0
USER worker
WORKDIR /home/worker
EXPOSE 8003
# Not -g: the worker passes the signal on itself, once, to those who need it.
ENTRYPOINT ["tini", "--"]
CMD ["listing-worker", "worker"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["listing-worker", "health"]
