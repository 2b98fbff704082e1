#!/bin/bash
# The first start makes the database, with the password of the file, on a server that has no TCP yet.
set -euo pipefail
if [ "$(id -u)" = 0 ]; then
    POSTGRES_PASSWORD=$(< "$POSTGRES_PASSWORD_FILE")
    export POSTGRES_PASSWORD HOME=/tmp
    chown postgres "$PGDATA"
    exec setpriv --reuid postgres --regid postgres --clear-groups "$0"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --username "$POSTGRES_USER" --auth scram-sha-256 --pwfile <(echo "$POSTGRES_PASSWORD") > /dev/null
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    pg_ctl --wait --log /dev/null --options '-c listen_addresses= -k /tmp' start
    PGPASSWORD=$POSTGRES_PASSWORD createdb --host /tmp --username "$POSTGRES_USER" --maintenance-db postgres "$POSTGRES_DB"
    pg_ctl --wait stop
fi
exec postgres -c 'listen_addresses=*' -k /tmp
