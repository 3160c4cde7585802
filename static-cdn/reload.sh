#!/bin/bash
# Puts the files that this script lies among, /run/sightline/NAME/app, in the place of those that nginx
# runs with, and keeps its port open: reload.sh SECONDS. Exit status 1: all is as it was.
set -euo pipefail
run=/run/sightline
app=$(dirname "$0")
next=$(dirname "$app")
before=$(readlink "$run/current")
end=$((SECONDS + $1))
# nginx closes kept connections when it reloads, under a request that is on its way as well. So for
# so long, from the second second on, every answer closes its connection: no client in use has one when it
# comes to that.
lame_duck_s=${LAME_DUCK_S:-4}

put() { # the link in one step
    ln -sfn "$1" "$run/next" && mv -T "$run/next" "$run/current"
}
workers() { # those that take connections
    grep -slz '^nginx: worker process' /proc/[0-9]*/cmdline | xargs -r grep -sLz 'shutting down' || true
}
go_back() {
    trap - EXIT
    if [ "$(readlink "$run/current")" != "$before" ]; then
        put "$before"
        nginx -p "$run" -c current/nginx.conf -e stderr -s reload
    fi
    rm -rf "$before/draining" "$next"
    exit 1
}
trap go_back EXIT

# Nothing can be executed where the new files are: a shell reads them.
sh "$app/release.sh" "$next" "$(readlink -f "$before/static")"
nginx -t -q -p "$run" -c "$next/nginx.conf" -e stderr
touch "$before/draining"
sleep "$lame_duck_s"
old=$(workers)
put "$next"
nginx -p "$run" -c current/nginx.conf -e stderr -s reload
until [ -n "$(workers)" ] && ! workers | grep -qxF "$old" && bash "$app/healthcheck.sh"; do
    [ "$SECONDS" -lt "$end" ] || { echo "no new worker of nginx answered" >&2; exit 1; }
    sleep 0.1
done
trap - EXIT
# The one before stays: its assets are asked for by pages that are open, its workers may not be done.
for release in "$run"/*/nginx.conf; do
    release=$(dirname "$release")
    case "$release" in
        "$next" | "$before" | "$run/current") ;;
        *) rm -rf "$release" ;;
    esac
done
