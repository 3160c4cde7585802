// The page: sign-up, a new analysis, the current one, the earlier ones. The address's hash names
// the current analysis, so that a reload shows it again.

import * as api from "./api.js";
import { hide, show } from "./analysis.js";

const element = (id) => document.getElementById(id);
const USUAL = ["faces", "labels", "colors", "quality", "hash", "metadata"];
const CHOICES = { "say-more": ["moderation", "codes"], "read-text": ["text"] };
let cursor = null;

// Runs an action of the user and tells what went wrong; signed out means back to the start.
async function attempt(action) {
  element("message").hidden = true;
  try {
    await action();
  } catch (error) {
    if (error.status === 401) await leave();
    element("message").textContent = error.message;
    element("message").hidden = false;
  }
}

async function enter() {
  const me = await api.json("/v1/me");
  element("email").textContent = me.email;
  element("who").hidden = false;
  element("welcome").hidden = true;
  element("workbench").hidden = false;
  await Promise.all([drawSamples(), refreshHistory()]);
  await follow();
}

async function leave() {
  await api.signOut();
  hide();
  element("who").hidden = true;
  element("workbench").hidden = true;
  element("welcome").hidden = false;
  history.replaceState(null, "", location.pathname);
}

async function drawSamples() {
  const samples = await (await fetch("/samples/index.json")).json();
  element("samples").replaceChildren(...samples.map(({ name, url, credit }) => {
    const button = document.createElement("button");
    const image = Object.assign(document.createElement("img"), { src: url, alt: name });
    button.title = `${name} (${credit})`;
    button.append(image);
    button.addEventListener("click", () => submit(() => api.submitAddress(new URL(url, location).href, operations())));
    return button;
  }));
}

// The usual ones, and those that the boxes ask for.
const operations = () =>
  [...USUAL, ...Object.entries(CHOICES).flatMap(([id, names]) => element(id).checked ? names : [])];

const submit = (send) => attempt(async () => {
  const analysis = await send();
  if (location.hash.slice(1) === analysis.id) await follow();
  else location.hash = analysis.id;
});

async function follow() {
  const id = location.hash.slice(1);
  if (!id) return hide();
  await show(id, (analysis) => { if (analysis.finished_at || analysis.status === "queued") attempt(refreshHistory); });
}

async function refreshHistory() {
  element("history").replaceChildren();
  cursor = null;
  await extendHistory();
}

async function extendHistory() {
  const page = await api.json(`/v1/analyses?limit=10${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  const known = new Set([...element("history").querySelectorAll("a")].map((link) => link.hash));
  element("history").append(...page.items.filter(({ id }) => !known.has(`#${id}`)).map(entry));
  cursor = page.next_cursor;
  element("more").hidden = cursor === null;
}

function entry(analysis) {
  const item = document.createElement("li");
  const link = Object.assign(document.createElement("a"), { href: `#${analysis.id}` });
  const name = document.createElement("span");
  const state = document.createElement("span");
  name.className = "name";
  name.textContent = analysis.input.image_url ? analysis.input.image_url.split("/").pop() || analysis.input.image_url : "Uploaded photo";
  state.textContent = `${analysis.status}, ${new Date(analysis.created_at).toLocaleTimeString()}`;
  link.append(name, state);
  item.append(link);
  return item;
}

element("credentials").addEventListener("submit", (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(event.target));
  attempt(async () => {
    await (event.submitter?.value === "in" ? api.signIn : api.signUp)(email, password);
    event.target.reset();
    await enter();
  });
});
element("sign-out").addEventListener("click", () => attempt(leave));
element("by-address").addEventListener("submit", (event) => {
  event.preventDefault();
  submit(() => api.submitAddress(new FormData(event.target).get("image_url"), operations()));
});
element("file").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  if (file) submit(() => api.submitFile(file, operations())).finally(() => { target.value = ""; });
});
element("drop").addEventListener("dragover", (event) => { event.preventDefault(); event.currentTarget.classList.add("over"); });
element("drop").addEventListener("dragleave", (event) => event.currentTarget.classList.remove("over"));
element("drop").addEventListener("drop", (event) => {
  event.preventDefault();
  event.currentTarget.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) submit(() => api.submitFile(file, operations()));
});
element("more").addEventListener("click", () => attempt(extendHistory));
addEventListener("hashchange", () => attempt(follow));

if (api.signedIn()) attempt(enter).then(() => { if (element("workbench").hidden) element("welcome").hidden = false; });
else element("welcome").hidden = false;
