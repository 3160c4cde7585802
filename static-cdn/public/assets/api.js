// The HTTP API as the page uses it. The access token lives in memory alone; the refresh token in
// the tab's session storage, so that a reload stays signed in and closing the tab signs out.

const REFRESH = "sightline.refresh";
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

async function grant(fields) {
  const response = await checked(await fetch("/v1/oauth/token", { method: "POST", body: new URLSearchParams(fields) }));
  const tokens = await response.json();
  access = tokens.access_token;
  sessionStorage.setItem(REFRESH, tokens.refresh_token);
}

// A refresh token works once: requests that find the access token too old share one renewal.
async function renew() {
  const refresh_token = sessionStorage.getItem(REFRESH);
  if (!refresh_token) throw new Problem(401, { detail: "Please sign in." });
  renewing ??= grant({ grant_type: "refresh_token", refresh_token }).finally(() => { renewing = null; });
  await renewing;
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
  await checked(await fetch("/v1/users", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ email, password }),
  }));
  await signIn(email, password);
}

export const signIn = (username, password) => grant({ grant_type: "password", username, password });
export const signedIn = () => sessionStorage.getItem(REFRESH) !== null;

export async function signOut() {
  const token = sessionStorage.getItem(REFRESH);
  sessionStorage.removeItem(REFRESH);
  access = null;
  if (token) await fetch("/v1/oauth/revoke", { method: "POST", body: new URLSearchParams({ token }) });
}

// Without `operations` it is those that everybody gets.
export const submitAddress = (image_url, operations) => json("/v1/analyses", {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ image_url, operations }),
});

export function submitFile(file, operations = []) {
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
