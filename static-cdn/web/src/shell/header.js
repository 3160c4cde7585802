import { html } from "../design/html.js";
import { Button } from "../design/button.js";
import { choose, language, LANGUAGES, t } from "../words/words.js";
import { leave } from "./session.js";

/** @type {[string, import("../words/words.js").Key][]} */
const PAGES = [["/", "nav.studio"], ["/history", "nav.history"], ["/batches", "nav.batches"], ["/usage", "nav.usage"], ["/keys", "nav.keys"], ["/webhooks", "nav.webhooks"], ["/account", "nav.account"]];
/** @type {typeof PAGES} */
const ADMIN = [["/admin", "nav.admin"]];

/** @param {{session: import("./session.js").Session, path: string}} properties */
export function Header({ session, path }) {
  const signedIn = session.state === "signed-in";
  const current = path.startsWith("/analyses/") ? "/" : path.replace(/^(\/batches)\/.*/, "$1").replace("/compare", "/history");
  return html`<header class="header">
    <a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="28" height="28" />Sightline</a>
    <nav aria-label=${t("nav.main")}>
      ${signedIn && [...PAGES, ...(session.me.scopes.includes("admin") ? ADMIN : [])].map(([to, key]) => html`<a href=${to} aria-current=${to === current ? "page" : undefined}>${t(key)}</a>`)}
      <a href="/status" aria-current=${path === "/status" ? "page" : undefined}>${t("nav.status")}</a>
      <a href="/docs" aria-current=${path.startsWith("/docs") ? "page" : undefined}>${t("nav.api")}</a>
    </nav>
    <div class="row who">
      ${signedIn && html`<span class="soft" id="email">${session.me.email}</span>
        <${Button} kind="quiet" small act=${leave}>${t("nav.sign-out")}<//>`}
      ${session.state === "signed-out" && html`<a class="button quiet small" href="/sign-in">${t("nav.sign-in")}</a>
        <a class="button small" href="/sign-up">${t("nav.sign-up")}</a>`}
      <${Languages} />
    </div>
  </header>`;
}

function Languages() {
  return html`<select class="input language" aria-label=${t("nav.language")} value=${language}
    onChange=${(/** @type {any} */ event) => choose(event.target.value)}>
    ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option value=${tag} lang=${tag} selected=${tag === language}>${name}</option>`)}
  </select>`;
}
