// The account page: the bill, keys, sessions, what happened, the password, and the way out.

import * as api from "./api.js";
import { fill, list, make, more, when } from "./lists.js";

const element = (id) => document.getElementById(id);
const pages = { bill: null, events: null };
let me = null;

const WORDS = {
  "user.signed_up": "Signed up", "user.suspended": "Suspended", "user.reinstated": "Let in again",
  "user.scope_granted": "Made an admin", "quota.changed": "Another number of analyses a month", "budget.changed": "Another limit of the bill",
  "session.created": "Signed in", "session.refused": "Wrong password", "session.revoked": "Signed out", "sessions.revoked": "Signed out everywhere else",
  "token.reuse_detected": "A refresh token came twice, its session was ended", "password.changed": "Password changed",
  "api_key.created": "API key made", "api_key.rotated": "API key renewed", "api_key.deleted": "API key deleted",
};

function tell(id, text) {
  for (const other of ["message", "done"]) element(other).hidden = other !== id;
  element(id).textContent = text;
}

// Runs an action of the user and says how it went; who is signed out goes to the start.
async function attempt(action, said = "") {
  element("message").hidden = element("done").hidden = true;
  try {
    await action();
    if (said) tell("done", said);
  } catch (error) {
    if (error.status === 401) location.assign("/");
    else tell("message", error.message);
  }
}

const send = (method, path, body) => api.request(path, {
  method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body),
});

const money = (amount, currency) => `${Number(amount).toFixed(4)} ${currency}`;

function drawUsage({ month, totals, quota }) {
  element("usage-title").textContent = `Usage in ${month}`;
  element("quota").value = quota.limit ? (quota.used + quota.reserved) / quota.limit : 1;
  element("quota-words").textContent = `${quota.used} of ${quota.limit} analyses, ${quota.left} left until ${when(quota.resets_at)}`;
  fill(element("totals"), {
    Amount: money(totals.amount, totals.currency), "Billed time": `${totals.billed_ms.toLocaleString("en")} ms`,
    "Vendors' calls": totals.engine_calls,
  });
}

function line({ analysis_id, finished_at, billed_ms, engine_calls, amount }) {
  const row = document.createElement("tr");
  const name = make("td", "");
  name.append(make("a", `…${analysis_id.slice(-8)}`, { href: `/#${analysis_id}`, title: analysis_id }));
  row.append(name, ...[when(finished_at), `${billed_ms} ms`, engine_calls, amount].map((text) => make("td", text)));
  return row;
}

async function extendBill() {
  const page = await api.json(`/v1/me/usage?limit=10${more(pages.bill)}`);
  if (!pages.bill) drawUsage(page);
  element("bill").append(...page.line_items.map(line));
  pages.bill = page.next_cursor;
  element("more-lines").hidden = pages.bill === null;
}

function key({ id, name, scopes, created_at, expires_at, last_used_at }) {
  const words = `${scopes.join(", ")} · made ${when(created_at)} · ${last_used_at ? `used ${when(last_used_at)}` : "never used"}${expires_at ? ` · ends ${when(expires_at)}` : ""}`;
  return list.entry(name, words, {
    Renew: () => attempt(async () => { await shown(await (await send("POST", `/v1/me/api-keys/${id}/rotate`, {})).json()); }, "The key before goes on for a day."),
    Delete: () => attempt(async () => { await send("DELETE", `/v1/me/api-keys/${id}`); await drawKeys(); }, "The key is no good any more."),
  });
}

async function shown(made) {
  element("new-key").hidden = false;
  element("new-key").querySelector("code").textContent = made.key;
  await drawKeys();
}

async function drawKeys() {
  const { items } = await api.json("/v1/me/api-keys?limit=100");
  element("keys").replaceChildren(...items.map(key));
}

// "Chrome on Linux" of what a browser says at length; programs say who they are in few words.
function program(agent) {
  if (!agent) return "A program that does not say its name";
  const [browser] = /Firefox|Edg|Chrome|Safari/.exec(agent) ?? [];
  const [system] = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent) ?? [];
  return browser && system ? `${browser.replace("Edg", "Edge")} on ${system}` : agent;
}

const session = ({ id, created_at, last_used_at, user_agent, current }) => list.entry(
  `${program(user_agent)}${current ? " (this one)" : ""}`,
  `since ${when(created_at)} · used ${when(last_used_at)}`,
  current ? {} : { "Sign out": () => attempt(async () => { await send("DELETE", `/v1/me/sessions/${id}`); await drawSessions(); }) },
);

async function drawSessions() {
  const { items } = await api.json("/v1/me/sessions?limit=100");
  element("sessions").replaceChildren(...items.map(session));
}

const happened = ({ kind, time, count, network, user_agent }) => list.entry(
  `${WORDS[kind] ?? kind}${count > 1 ? `, ${count} times` : ""}`,
  [when(time), network, user_agent && program(user_agent)].filter(Boolean).join(" · "), {},
);

async function extendEvents() {
  const page = await api.json(`/v1/me/events?limit=10${more(pages.events)}`);
  element("events").append(...page.items.map(happened));
  pages.events = page.next_cursor;
  element("more-events").hidden = pages.events === null;
}

async function enter() {
  me = await api.json("/v1/me");
  fill(element("you"), { "E-mail": me.email, Since: when(me.created_at), Id: me.id });
  element("password").elements.username.value = me.email;
  element("budget").elements.monthly_budget.value = me.monthly_budget ?? "";
  await Promise.all([extendBill(), drawKeys(), drawSessions(), extendEvents()]);
  element("account").hidden = false;
}

const onSubmit = (id, action) => element(id).addEventListener("submit", (event) => {
  event.preventDefault();
  action(new FormData(event.target), event.target);
});

onSubmit("budget", (form) => {
  const monthly_budget = form.get("monthly_budget") || null;
  attempt(() => send("PATCH", "/v1/me", { monthly_budget }), monthly_budget ? "Nothing is taken on beyond it." : "There is no limit.");
});
onSubmit("make-key", (form, element_) => attempt(async () => {
  const expires = form.get("expires");
  const wanted = { name: form.get("name"), scopes: form.getAll("scopes"), ...(expires && { expires_at: `${expires}T23:59:59Z` }) };
  await shown(await (await send("POST", "/v1/me/api-keys", wanted)).json());
  element_.reset();
}));
onSubmit("password", (form, element_) => attempt(async () => {
  await send("PATCH", "/v1/me", { current_password: form.get("current_password"), password: form.get("password") });
  element_.reset();
  await drawSessions();
}, "All other sessions have ended."));
onSubmit("delete", (form) => attempt(async () => {
  if (form.get("email") !== me.email) throw new Error("That is not the address of this account.");
  await send("DELETE", "/v1/me");
  await api.signOut();
  location.assign("/");
}));
element("everywhere").addEventListener("click", () => attempt(async () => {
  await send("DELETE", "/v1/me/sessions");
  await api.signOut();
  location.assign("/");
}));
element("export").addEventListener("click", () => attempt(async () => {
  location.assign((await api.json("/v1/me/export")).url);
}));
element("more-lines").addEventListener("click", () => attempt(extendBill));
element("more-events").addEventListener("click", () => attempt(extendEvents));

attempt(enter);
