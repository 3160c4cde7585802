// Age (RFC 9111): seconds since the origin made a stored answer; nginx does not send it itself.
function age(request) {
    if (!/^(HIT|STALE|UPDATING|REVALIDATED)$/.test(request.variables.upstream_cache_status)) return "";
    const made = Date.parse(request.variables.upstream_http_date);
    return isNaN(made) ? "" : String(Math.max(0, Math.floor((Date.now() - made) / 1000)));
}

export default { age };
