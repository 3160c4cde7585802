// What was found, drawn over the preview where it was found: a box on every face and object, a line
// around every line of text and every code; and a key to the colours of those that are there.

const element = (id) => document.getElementById(id);
const share = (value) => `${Math.round(value * 100)} %`;
const KINDS = { face: "Faces", object: "Objects", text: "Text", code: "Codes" };

export function drawOverlay({ faces = [], labels = [], text = [], codes = [] } = {}) {
  const objects = labels.flatMap(({ name, instances = [] }) => instances.map((one) => ({ ...one, name })));
  const found = { face: faces, object: objects, text, code: codes };
  element("boxes").replaceChildren(
    ...faces.map((one) => box("face", one, `Face, ${share(one.confidence)} sure`)),
    ...objects.map((one) => box("object", one, `${one.name}, ${share(one.confidence)} sure`)),
    outlines([...text.map((one) => ["text", one]), ...codes.map((one) => ["code", one])]),
  );
  element("key").replaceChildren(...Object.keys(KINDS).filter((kind) => found[kind].length > 0).map(entry));
}

function box(kind, { box: { left, top, width, height }, name }, title) {
  const drawn = document.createElement("div");
  drawn.className = kind;
  Object.assign(drawn.style, {
    left: `${left * 100}%`, top: `${top * 100}%`, width: `${width * 100}%`, height: `${height * 100}%`,
  });
  drawn.title = title;
  if (name) drawn.append(Object.assign(document.createElement("span"), { textContent: name }));
  return drawn;
}

// One drawing over the whole picture, in which its sides are 1 long.
function outlines(shapes) {
  const drawing = document.importNode(element("outlines").content.firstElementChild, true);
  const pattern = drawing.firstElementChild;
  drawing.replaceChildren(...shapes.map(([kind, { polygon, text }]) => {
    const outline = pattern.cloneNode(true);
    outline.setAttribute("class", kind);
    outline.setAttribute("points", polygon.map(({ x, y }) => `${x},${y}`).join(" "));
    outline.firstElementChild.textContent = text;
    return outline;
  }));
  return drawing;
}

function entry(kind) {
  const item = document.createElement("li");
  item.className = kind;
  item.textContent = KINDS[kind];
  return item;
}
