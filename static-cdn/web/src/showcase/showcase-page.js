import { Button } from "../design/button.js";
import { Failure } from "../design/failure.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { Offline } from "../api/problem.js";
import { t } from "../words/words.js";
import { COLOURS, SIZES, SPACES, STATES } from "./values.js";

/** The design's values and controls on one page: what a new page is made of. */
export function ShowcasePage() {
  return html`<div class="stack columns">
    <h1>${t("design.title")}</h1>
    <${Values} />
    <${Controls} />
    <${Sayings} />
  </div>`;
}

function Values() {
  return html`<section class="card stack wide" aria-labelledby="values"><h2 id="values">${t("design.values")}</h2>
    <ul class="swatches">${COLOURS.map((name) => html`<li key=${name}><span class="swatch" style=${{ background: `var(${name})` }}></span><code>${name}</code></li>`)}</ul>
    <ul class="stack">${SIZES.map((name) => html`<li key=${name} style=${{ fontSize: `var(${name})` }}>${t("welcome.title")} <code>${name}</code></li>`)}</ul>
    <ul class="stack">${SPACES.map((name) => html`<li key=${name} class="row"><span class="space" style=${{ width: `var(${name})` }}></span><code>${name}</code></li>`)}</ul>
  </section>`;
}

function Controls() {
  const nothing = () => {};
  return html`<section class="card stack" aria-labelledby="controls"><h2 id="controls">${t("design.controls")}</h2>
    ${[false, true].map((small) => html`<div class="row" key=${small}>
      <${Button} small=${small} act=${nothing}>${t("studio.analyse")}<//>
      <${Button} small=${small} kind="quiet" act=${nothing}>${t("cancel")}<//>
      <${Button} small=${small} kind="danger" act=${nothing}>${t("delete")}<//>
      <${Button} small=${small} disabled act=${nothing}>${t("loading")}<//></div>`)}
    <${Field} label=${t("sign.email")} name="right" hint=${t("sign.password-hint")} />
    <${Field} label=${t("sign.email")} name="wrong" wrong=${t("sign.email-wrong")} />
    <fieldset class="choices"><legend>${t("studio.operations")}</legend>
      ${(/** @type {const} */ (["operation.faces", "operation.codes"])).map((key, index) => html`<label class="choice" key=${key}><input type="checkbox" defaultChecked=${index === 0} /> ${t(key)}</label>`)}</fieldset>
    <div class="row">${[true, false].map((on) => html`<button key=${on} type="button" class="chip" aria-pressed=${on}>${t("kind.face")}</button>`)}</div>
  </section>`;
}

function Sayings() {
  return html`<section class="card stack" aria-labelledby="sayings"><h2 id="sayings">${t("design.sayings")}</h2>
    <p class="row">${STATES.map((status) => html`<span key=${status} class="state" data-status=${status}>${t(`status.${status}`)}</span>`)}</p>
    <p class="notice good" role="status">${t("account.password-changed")}</p>
    <${Failure} error=${new Offline(null)} again=${() => {}} />
    <progress class="bar" max="1" value="0.6" aria-label=${t("loading")}></progress>
    <dl class="facts"><div><dt>${t("fact.picture")}</dt><dd>512 × 512</dd></div><div><dt>${t("fact.billed")}</dt><dd>61 ms</dd></div></dl>
    <ul class="things"><li><div><strong>${t("keys.name")}</strong><span>${t("keys.never-used")}</span></div><${Button} kind="quiet" small act=${() => {}}>${t("keys.renew")}<//></li></ul>
  </section>`;
}
