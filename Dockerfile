# Paper Route as a service. Build: docker build -t paperroute .
# Run: docker run -d --name paperroute --stop-timeout 60 -v paperroute:/data -p 127.0.0.1:8080:8080 paperroute
FROM python:3.12-slim

RUN useradd --create-home --uid 10001 paperroute && install -d -o paperroute /data
WORKDIR /opt/paperroute
COPY requirements.lock pyproject.toml README.md LICENSE NOTICE ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY bot bot
COPY digest digest
COPY paperroute paperroute
COPY store store
COPY templates templates
COPY web web
RUN pip install --no-cache-dir --no-deps .

USER paperroute
WORKDIR /data
# The store, its key and mails without a relay lie in the volume, and so does config.toml where there is one.
ENV PAPERROUTE_STORE__PATH=/data/paperroute.db PAPERROUTE_WEB__HOST=0.0.0.0
VOLUME /data
EXPOSE 8080
# `paperroute serve` is the first process, so that it gets SIGTERM itself and drains.
ENTRYPOINT ["paperroute"]
CMD ["serve"]
