// The status page: what each service promises, what was measured, and what its error budget has left.

import { make } from "./lists.js";

const AGAIN_MS = 10_000;
const element = (id) => document.getElementById(id);
const HEADINGS = ["Objective", "Target", "Measured", "Window", "Error budget left"];

const percent = (share) => `${(share * 100).toLocaleString("en", { maximumFractionDigits: 2 })} %`;
const seconds = (s) => s < 1 ? `${(s * 1000).toLocaleString("en", { maximumFractionDigits: 1 })} ms` : `${s.toLocaleString("en", { maximumFractionDigits: 2 })} s`;
const figure = (value, unit) => value === null ? "nothing yet" : unit === "share" ? percent(value) : seconds(value);

function row(objective) {
  const { name, target, measured, unit, window, holds, budget_left } = objective;
  const bound = unit === "share" ? "≥" : "≤";
  const budget = make("td", "");
  budget.append(
    make("meter", "", { min: 0, max: 1, low: 0.25, high: 0.5, optimum: 1, value: Math.max(0, budget_left), ariaLabel: `Error budget left of ${name}` }),
    make("span", ` ${budget_left < 0 ? "overspent" : percent(budget_left)}`),
  );
  const line = document.createElement("tr");
  line.append(
    make("th", name, { scope: "row" }), make("td", `${bound} ${figure(target, unit)}`), make("td", figure(measured, unit)),
    make("td", window), budget,
  );
  line.dataset.holds = holds;
  return line;
}

function section({ name, state, version }, objectives) {
  const card = make("section", "", { className: "card" });
  const title = make("h2", name);
  title.append(make("span", ` ${state}`, { className: "state" }), make("span", version === "unknown" ? "" : ` ${version}`, { className: "version" }));
  card.dataset.state = state;
  card.dataset.name = name;
  const table = document.createElement("table");
  const head = document.createElement("thead");
  const headings = document.createElement("tr");
  headings.append(...HEADINGS.map((text) => make("th", text, { scope: "col" })));
  head.append(headings);
  const body = document.createElement("tbody");
  body.append(...objectives.map(row));
  table.append(head, body);
  const scrolled = make("div", "", { className: "scrolled", tabIndex: 0, role: "region", ariaLabel: `Objectives of ${name}` });
  scrolled.append(table);
  card.append(title, scrolled);
  return card;
}

function engine({ name, operations, off }) {
  const reasons = Object.entries(off).map(([operation, reason]) => `${operation === "*" ? "" : `${operation}: `}${reason}`);
  const line = make("li", reasons.length ? `engine ${name}, not asked for now. ${reasons.join(" ")}` : `engine ${name}`, { title: operations.join(", ") });
  line.dataset.off = reasons.length > 0;
  return line;
}

function listOf(engines) {
  const list = make("ul", "", { className: "engines", ariaLabel: "Engines" });
  list.append(...engines.map(engine));
  return list;
}

function draw({ services, engines = [], objectives }) {
  const broken = objectives.filter(({ holds }) => !holds).length;
  const away = services.filter(({ state }) => state !== "ok").length;
  const words = [
    away ? `${away} of ${services.length} services not well` : "All services are well",
    broken ? `${broken} of ${objectives.length} objectives missed` : `all ${objectives.length} objectives hold`,
  ];
  const summary = `${words.join("; ")}.`;
  if (element("summary").textContent !== summary) element("summary").textContent = summary;
  element("services").replaceChildren(
    element("summary"),
    ...services.map((service) => section(service, objectives.filter((one) => one.service === service.name))),
  );
  const images = element("services").querySelector('[data-name="image-service"]');
  if (engines.length) images.querySelector("h2").after(listOf(engines));
}

async function refresh() {
  try {
    const answer = await fetch("/v1/status", { signal: AbortSignal.timeout(AGAIN_MS) });
    if (!answer.ok) throw new Error("The status cannot be read right now.");
    draw(await answer.json());
    element("message").hidden = true;
  } catch (error) {
    element("message").textContent = error.message;
    element("message").hidden = false;
  }
  setTimeout(refresh, AGAIN_MS);
}

refresh();
