# Stands in for Temporal's server: the same server and port, but as the development server, on SQLite.
ARG BASE
FROM ${BASE}
RUN useradd --uid 1000 --no-create-home --shell /usr/sbin/nologin temporal && mkdir /data && chown temporal: /data
COPY temporal /usr/local/bin/temporal
COPY temporal.py /usr/local/bin/temporal.py
ENV HOME=/tmp
VOLUME /data
USER temporal
ENTRYPOINT ["python", "/usr/local/bin/temporal.py"]
