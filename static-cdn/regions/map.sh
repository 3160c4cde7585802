#!/bin/sh
# Starts gdnsd with a configuration of the operator's, mounted at /etc/gdnsd, or with that of the profile
# `regions`, where edges have fixed addresses and the networks of their clients lie beside them.
set -eu
config=/etc/gdnsd
if [ ! -e "$config/config" ]; then
    config=/run/gdnsd/etc
    mkdir -p "$config/zones"
    database=
    [ ! -s "${GEOIP_DATABASE:-}" ] || database="geoip2_db = $GEOIP_DATABASE, auto_dc_coords = { eu = [50.1, 8.7], us = [39.0, -77.5], ap = [1.4, 103.8] },"
    sed -e "s|\${NETWORK}|$REGIONS_NETWORK|g" -e "s|\${DATABASE}|$database|" /app/map.conf > "$config/config"
    sed -e "s|\${NETWORK}|$REGIONS_NETWORK|g" /app/zone > "$config/zones/sightline.test"
fi
exec gdnsd -c "$config" -R start
