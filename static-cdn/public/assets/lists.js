// What the pages' lists have in common.

export const make = (name, text, properties = {}) => Object.assign(document.createElement(name), { textContent: text, ...properties });
export const when = (time) => new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
export const more = (cursor) => cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";

export function fill(definitions, values) {
  definitions.replaceChildren(...Object.entries(values).map(([name, value]) => {
    const pair = document.createElement("div");
    pair.append(make("dt", name), make("dd", value));
    return pair;
  }));
}

// A thing with a name, what there is to say of it, and buttons for what can be done with it.
export const list = {
  entry(name, words, actions) {
    const item = document.createElement("li");
    const text = make("div", "");
    text.append(make("strong", name), make("span", words));
    item.append(text, ...Object.entries(actions).map(([label, act]) => {
      const button = make("button", label, { className: "quiet", ariaLabel: `${label}: ${name}` });
      button.addEventListener("click", act);
      return button;
    }));
    return item;
  },
};
