// The shell around each page: navigation, title, focus, and what a page wants of the session.

import { useEffect, useRef } from "preact/hooks";

import { Failure } from "../design/failure.js";
import { html } from "../design/html.js";
import { Welcome } from "../signing/welcome.js";
import { t } from "../words/words.js";
import { lazy } from "./lazy.js";
import { Header } from "./header.js";
import { Missing } from "./missing.js";
import { cameBack, navigate, usePlace } from "./router.js";
import { resume, useSession } from "./session.js";

/**
 * @typedef {{path: RegExp, title: import("../words/words.js").Key, page: any, open?: boolean}} Route
 * `open`: for everybody; else for who is signed in
 */

/** @type {Route[]} */
const ROUTES = [
  { path: /^\/sign-in$/, title: "sign.in", page: lazy(async () => (await import("../signing/sign-in-page.js")).SignInPage), open: true },
  { path: /^\/sign-up$/, title: "sign.up", page: lazy(async () => (await import("../signing/sign-up-page.js")).SignUpPage), open: true },
  { path: /^\/signed-in$/, title: "providers.title", page: lazy(async () => (await import("../signing/signed-in-page.js")).SignedInPage), open: true },
  { path: /^\/forgot-password$/, title: "forgot.title", page: lazy(async () => (await import("../signing/forgot-password-page.js")).ForgotPasswordPage), open: true },
  { path: /^\/new-password$/, title: "new-password.title", page: lazy(async () => (await import("../signing/new-password-page.js")).NewPasswordPage), open: true },
  { path: /^\/verify-email$/, title: "verify.title", page: lazy(async () => (await import("../signing/verify-email-page.js")).VerifyEmailPage), open: true },
  { path: /^\/(?:analyses\/(?<id>an_[0-9a-z]{26}))?$/, title: "studio.title", page: lazy(async () => (await import("../studio/studio-page.js")).StudioPage) },
  { path: /^\/shared\/us_[0-9a-z]{26}\/an_[0-9a-z]{26}\/sh_[0-9a-z]{26}$/, title: "shared.title", page: lazy(async () => (await import("../shared/shared-page.js")).SharedPage), open: true },
  { path: /^\/history$/, title: "history.title", page: lazy(async () => (await import("../history/history-page.js")).HistoryPage) },
  { path: /^\/compare$/, title: "compare.title", page: lazy(async () => (await import("../compare/compare-page.js")).ComparePage) },
  { path: /^\/batches(?:\/(?<id>ba_[0-9a-z]{26}))?$/, title: "batches.title", page: lazy(async () => (await import("../batches/batches-page.js")).BatchesPage) },
  { path: /^\/usage$/, title: "usage.title", page: lazy(async () => (await import("../usage/usage-page.js")).UsagePage) },
  { path: /^\/keys$/, title: "keys.title", page: lazy(async () => (await import("../keys/keys-page.js")).KeysPage) },
  { path: /^\/webhooks$/, title: "webhooks.title", page: lazy(async () => (await import("../webhooks/webhooks-page.js")).WebhooksPage) },
  { path: /^\/admin$/, title: "admin.title", page: lazy(async () => (await import("../admin/admin-page.js")).AdminPage) },
  { path: /^\/account(?:\.html)?$/, title: "account.title", page: lazy(async () => (await import("../account/account-page.js")).AccountPage) },
  { path: /^\/docs$/, title: "nav.api", page: lazy(async () => (await import("../reference/reference-page.js")).ReferencePage), open: true },
  { path: /^\/docs\/start$/, title: "start.title", page: lazy(async () => (await import("../start/start-page.js")).StartPage), open: true },
  { path: /^\/design$/, title: "design.title", page: lazy(async () => (await import("../showcase/showcase-page.js")).ShowcasePage), open: true },
  { path: /^\/status(?:\.html)?$/, title: "status.title", page: lazy(async () => (await import("../status/status-page.js")).StatusPage), open: true },
];

export function App() {
  const place = usePlace();
  const session = useSession();
  const path = place.pathname.replace(/(?<=.)\/$/, "");
  const route = ROUTES.find((one) => one.path.test(path));
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const first = useRef(true);

  useEffect(() => {
    document.title = route ? `${t(route.title)} · Sightline` : "Sightline";
    if (!first.current) main.current?.focus({ preventScroll: cameBack() }); // a screen reader says where it is now
    first.current = false;
  }, [route]);

  const signedOut = session.state === "signed-out";
  const mustSignIn = signedOut && route !== undefined && !route.open && path !== "/";
  useEffect(() => {
    if (!mustSignIn) return;
    navigate(`/sign-in?next=${encodeURIComponent(path + place.search)}`, { replace: true });
  }, [mustSignIn]);

  return html`<div class="shell">
    <a class="skip" href="#main">${t("nav.skip")}</a>
    <${Header} session=${session} path=${path} />
    <main id="main" tabindex="-1" ref=${main}>${page(route, session, path, place)}</main>
  </div>`;
}

/**
 * @param {Route | undefined} route
 * @param {import("./session.js").Session} session
 * @param {string} path
 * @param {URL} place
 */
function page(route, session, path, place) {
  if (!route) return html`<${Missing} />`;
  if (route.open) return html`<${route.page} place=${place} />`;
  if (session.state === "unreachable") return html`<${Failure} error=${session.error} again=${resume} />`;
  if (session.state === "signed-out") return path === "/" ? html`<${Welcome} />` : null;
  if (session.state === "unknown") return null;
  return html`<${route.page} place=${place} ...${route.path.exec(path)?.groups} />`;
}
