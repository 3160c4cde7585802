// Takes purges of the gateway, which signs them: HMAC-SHA256 over the time and the body.

import crypto from "crypto";
import fs from "fs";

import marks from "./marks.mjs";

const MAY_BE_OLD_S = 60;

function refuse(r, status) {
    r.return(status, JSON.stringify({ status }));
}

/** POST {"paths": […]}: each is marked, and nothing that was stored below it is given from then on. */
function take(r) {
    const time = r.headersIn["X-Purge-Time"] || "";
    const now = Math.floor(Date.now() / 1000);
    if (r.method !== "POST" || !/^\d{1,12}$/.test(time) || Math.abs(now - Number(time)) > MAY_BE_OLD_S) return refuse(r, 401);
    const body = r.requestText || "";
    const key = fs.readFileSync(r.variables.purge_key_file);
    const right = crypto.createHmac("sha256", key).update(`${time}\n${body}`).digest("hex");
    if (!same(right, r.headersIn["X-Purge-Signature"] || "")) return refuse(r, 401);
    const paths = JSON.parse(body).paths;
    paths.forEach((path) => marks.put(path));
    r.return(200, JSON.stringify({ marked: paths.length }));
}

/** In a time that does not tell where they differ. */
function same(right, given) {
    let differs = right.length ^ given.length;
    for (let at = 0; at < right.length; at++) differs |= right.charCodeAt(at) ^ given.charCodeAt(at);
    return differs === 0;
}

export default { take };
