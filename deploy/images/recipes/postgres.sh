#!/bin/sh
# Make the cluster, its account and its database at the first start, then become the server.
set -eu
user=${POSTGRES_USER:-postgres}
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
        POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
    fi
    : "${POSTGRES_PASSWORD:?a password is needed: POSTGRES_PASSWORD_FILE names its file}"
    secret=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" > "$secret"
    # shellcheck disable=SC2086  # several options in one variable, as in the image this stands in for
    initdb --pgdata="$PGDATA" --username="$user" --pwfile="$secret" ${POSTGRES_INITDB_ARGS:-} > /dev/null
    rm "$secret"
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
    pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=''" --wait start > /dev/null
    database=${POSTGRES_DB:-$user}
    if [ "$database" != postgres ]; then
        PGPASSWORD=$POSTGRES_PASSWORD createdb --username="$user" --owner="$user" "$database"
    fi
    pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop > /dev/null
fi
unset POSTGRES_PASSWORD PGPASSWORD
exec "$@"
