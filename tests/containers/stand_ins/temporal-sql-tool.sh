#!/bin/sh
# temporal-sql-tool --db NAME setup-schema|update-schema …
set -eu
test "$1" = --db
case "$3" in
    setup-schema) statement='CREATE TABLE IF NOT EXISTS schema_version (version text)' ;;
    update-schema) statement="INSERT INTO schema_version VALUES ('$5')" ;;
    *) echo "unknown: $3" >&2; exit 1 ;;
esac
export PGHOST="$SQL_HOST" PGPORT="$SQL_PORT" PGUSER="$SQL_USER" PGPASSWORD="$SQL_PASSWORD" PGDATABASE="$2"
exec psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --command "$statement"
