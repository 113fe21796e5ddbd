# Paper Route as a service, for x86-64 and ARM alike. Build: docker build -t paperroute .
# Run: docker run -d --name paperroute --stop-timeout 60 -v paperroute:/data -p 127.0.0.1:8080:8080 paperroute
# With a proxy for TLS and secrets from files: docs/deploy/compose.yaml.
FROM python:3.13-slim AS build

RUN python -m venv /opt/paperroute
WORKDIR /src
# The store may be a file of the volume or on PostgreSQL.
COPY requirements-postgresql.lock ./
RUN /opt/paperroute/bin/pip install --no-cache-dir --require-hashes -r requirements-postgresql.lock
# setup.py compiles the catalogues of readers' words.
COPY pyproject.toml setup.py README.md LICENSE NOTICE ./
COPY bot bot
COPY digest digest
COPY paperroute paperroute
COPY store store
COPY templates templates
COPY web web
RUN /opt/paperroute/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim

RUN useradd --create-home --uid 10001 paperroute && install -d -o paperroute /data
COPY --from=build /opt/paperroute /opt/paperroute
USER paperroute
WORKDIR /data
# The store, its key and mails without a relay lie in the volume, and so does config.toml where there is one.
ENV PATH=/opt/paperroute/bin:$PATH PAPERROUTE_STORE__PATH=/data/paperroute.db PAPERROUTE_WEB__HOST=0.0.0.0
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=5)"]
# `paperroute serve` is the first process, so that it gets SIGTERM itself and drains.
ENTRYPOINT ["paperroute"]
CMD ["serve"]
