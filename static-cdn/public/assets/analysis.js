// Draws one analysis: its state, the picture with what was found on it, colours, labels, codes, text and
// numbers.

import { request, states } from "./api.js";
import { drawOverlay } from "./overlay.js";

const element = (id) => document.getElementById(id);
const share = (value) => `${Math.round(value * 100)} %`;
let watching = new AbortController();
let previewUrl = null;

// Follows an analysis to its end; `changed` is called at each state. A newer call ends an older one.
export async function show(id, changed) {
  watching.abort();
  watching = new AbortController();
  const { signal } = watching;
  try {
    for await (const analysis of states(id, signal)) {
      if (signal.aborted) return;
      await draw(analysis, signal);
      changed(analysis);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export function hide() {
  watching.abort();
  element("current").hidden = true;
}

async function draw(analysis, signal) {
  element("current").hidden = false;
  element("state").textContent = sentence(analysis);
  element("state").dataset.status = analysis.status;
  const result = analysis.result;
  element("picture").hidden = true;
  drawOverlay(result ?? undefined);
  element("colours").replaceChildren(...(result?.colors ?? []).map(swatch));
  element("labels").replaceChildren(...(result?.labels ?? []).map(label));
  element("codes").replaceChildren(...(result?.codes ?? []).map(code));
  element("lines").replaceChildren(...(result?.text ?? []).map(line));
  element("numbers").replaceChildren(...(result ? numbers(analysis, result) : []));
  if (!result) return;
  const response = await request(analysis.links.preview);
  const picture = await response.blob();
  if (signal.aborted) return;
  if (previewUrl) URL.revokeObjectURL(previewUrl);
  previewUrl = URL.createObjectURL(picture);
  element("preview").src = previewUrl;
  element("picture").hidden = false;
}

function sentence({ status, error, result }) {
  if (status === "failed") return `Failed: ${error.title}. ${error.detail}`;
  if (status !== "succeeded") return { queued: "Queued", running: "Running", canceled: "Canceled" }[status];
  const faces = result.faces.length;
  const lines = result.text.length;
  const codes = result.codes.length;
  return `Succeeded: ${[
    faces === 0 ? "no face" : counted(faces, "face"),
    codes && counted(codes, "code"),
    lines && `${counted(lines, "line")} of text`,
  ].filter(Boolean).join(", ")}`;
}

const counted = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

function label({ name, confidence, source, model = "a model", parents = [], instances = [] }) {
  const item = document.createElement("li");
  item.textContent = `${name} ${share(confidence)}${instances.length > 1 ? ` × ${instances.length}` : ""}`;
  const said = source === "model" ? `Said by ${model}` : "Derived from what was measured";
  item.title = parents.length ? `${said}: ${parents.join(", ")}` : said;
  return item;
}

// As text and no link: a stranger's code leads wherever it likes.
function code({ kind, text, bytes }) {
  const item = document.createElement("li");
  item.textContent = bytes ? `${counted(atob(bytes).length, "byte")} that are no text` : text;
  item.title = `${kind.toUpperCase()} code`;
  return item;
}

function swatch({ hex, name, fraction }) {
  const drawn = document.createElement("div");
  Object.assign(drawn.style, { background: hex, flexGrow: fraction });
  drawn.title = `${name} ${hex}, ${share(fraction)}`;
  return drawn;
}

function line({ text, confidence }) {
  const item = document.createElement("li");
  item.textContent = text;
  item.title = `${share(confidence)} sure`;
  return item;
}

function numbers({ metering }, { image, quality, hash, engines, metadata, moderation }) {
  const faces = engines.find((engine) => engine.operation === "faces");
  const rows = [
    ["Picture", `${image.width} × ${image.height}, ${image.format}`],
    image.truncated && ["File", "cut short: analysed as far as it goes"],
    image.frames > 1 && ["Frames", `the first of ${image.frames}`],
    quality && ["Sharpness", `${quality.sharpness}${quality.blurred ? " (blurred)" : ""}`],
    quality && ["Brightness", share(quality.brightness)],
    quality && ["Contrast", share(quality.contrast)],
    ...moderation.map(({ name, confidence }) => [`Moderation: ${name}`, share(confidence)]),
    hash && ["Perceptual hash", hash.phash],
    metadata?.model && ["Camera", [metadata.make, metadata.model].filter(Boolean).join(" ")],
    metadata?.taken_at && ["Taken", metadata.taken_at.replace("T", " ")],
    faces && ["Face model", `${faces.model}${faces.degraded ? " (degraded)" : ""}`],
    ["Billed", `${metering.billed_ms} ms`],
  ];
  return rows.filter(Boolean).map(([name, value]) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const description = document.createElement("dd");
    term.textContent = name;
    description.textContent = value;
    row.append(term, description);
    return row;
  });
}
