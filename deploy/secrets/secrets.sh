#!/bin/sh
# Random secrets, made once: what is there stays, so that it can be run again at any time. Each is
# written beside its place and moved there, so that none is ever half there.
set -eu
umask 077

letters() { # COUNT: so many random letters and digits
    LC_ALL=C tr -dc 'A-Za-z0-9' < /dev/urandom | head -c "$1"
}

random() { # FILE: 32 bytes
    head -c 32 /dev/urandom > "$1.new"
    mv "$1.new" "$1"
}

for key in /volumes/server-key/server.key /volumes/gateway-key/digest.key /volumes/purge-key/purge.key; do
    [ -s "$key" ] || random "$key"
done

# What a service signs its calls with; `rotate` makes them anew, and they are taken up within a minute.
for service in gateway result image; do
    seed=/volumes/$service-key/seed
    if [ ! -s "$seed" ] || [ "${1-}" = rotate ]; then
        random "$seed"
    fi
done

# What the gateway signs shared addresses with: the newest signs, and each opens until 31 days after the next
# one was made, which is longer than an address lives.
share=/volumes/gateway-key/share
mkdir -p "$share"
if ! ls "$share"/*.key >/dev/null 2>&1 || [ "${1-}" = rotate ]; then
    random "$share/$(date +%s).key"
    before=
    for key in "$share"/*.key; do
        [ -z "$before" ] || [ -z "$(find "$key" -mtime +31)" ] || rm "$before"
        before=$key
    done
fi

# The object store reads the first two, result-service's SDK the third.
s3=/volumes/s3-credentials
if [ ! -s "$s3/credentials" ]; then
    letters 20 > "$s3/root-user"
    letters 40 > "$s3/root-password"
    printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' \
        "$(cat "$s3/root-user")" "$(cat "$s3/root-password")" > "$s3/credentials.new"
    mv "$s3/credentials.new" "$s3/credentials"
fi
