// The HTTP API as the page uses it. The access token lives in memory alone; the refresh token in a
// cookie that no script can read and no other site can send.

const JSON_BODY = { "Content-Type": "application/json" };
const SIGNED_IN = "sightline.signed-in"; // no secret: it spares who is a stranger a request
let access = null;
let renewing = null;

export class Problem extends Error {
  constructor(status, body) {
    const fields = (body.errors ?? []).map((error) => `${error.pointer.slice(1)}: ${error.detail}`);
    super(fields.length ? fields.join("; ") : body.detail ?? body.error_description ?? "Something went wrong");
    this.status = status;
  }
}

async function checked(response) {
  if (response.ok) return response;
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

async function begin(path, body) {
  const response = await checked(await fetch(path, { method: "POST", headers: JSON_BODY, body: JSON.stringify(body) }));
  access = (await response.json()).access_token;
  localStorage.setItem(SIGNED_IN, "yes");
}

function forget() {
  access = null;
  localStorage.removeItem(SIGNED_IN);
}

// A refresh token works once: requests that find the access token too old share one renewal.
async function renew() {
  renewing ??= begin("/v1/session/renew", {}).finally(() => { renewing = null; });
  try {
    await renewing;
  } catch (error) {
    if (error.status === 401) forget();
    throw error;
  }
}

export async function request(path, options = {}) {
  if (!access) await renew();
  const send = () => fetch(path, { ...options, headers: { ...options.headers, Authorization: `Bearer ${access}` } });
  let response = await send();
  if (response.status === 401) {
    await renew();
    response = await send();
  }
  return checked(response);
}

export const json = async (path, options) => (await request(path, options)).json();

export async function signUp(email, password) {
  await checked(await fetch("/v1/users", { method: "POST", headers: JSON_BODY, body: JSON.stringify({ email, password }) }));
  await signIn(email, password);
}

export const signIn = (email, password) => begin("/v1/session", { email, password });
export const signedIn = () => localStorage.getItem(SIGNED_IN) !== null;

export async function signOut() {
  if (!signedIn()) return;
  forget();
  await fetch("/v1/session", { method: "DELETE" });
}

export const submitAddress = (image_url, operations) => json("/v1/analyses", {
  method: "POST", headers: JSON_BODY, body: JSON.stringify({ image_url, operations }),
});

export function submitFile(file, operations) {
  const body = new FormData();
  body.append("image", file);
  for (const operation of operations) body.append("operations", operation);
  return json("/v1/analyses", { method: "POST", body });
}

// The analysis at each change of its state, until it has ended (server-sent events).
export async function* states(id, signal) {
  const response = await request(`/v1/analyses/${id}/events`, { signal });
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (text + chunk).split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data:"));
      if (data) yield JSON.parse(data.slice(5));
    }
  }
}
