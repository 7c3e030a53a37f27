// Runs diagram.js without a browser: a page and a plotly.js that only remember, and what Python sends as an object that
// refuses each key nobody agreed on. Reads {script, shown, contract} and prints what happened at each figure as JSON.

import { readFileSync } from "node:fs";

const { script, shown, contract, pictures } = JSON.parse(readFileSync(0, "utf8"));
function strict(value, keys) {
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === "string" && !keys.includes(key)) throw new Error(`${key} is not in the contract`);
      return target[key];
    },
  });
}

const metaKeys = Object.values(contract.meta).flat(), { parse } = JSON;
JSON.parse = (text) => {
  const made = parse(text);
  made.layout.meta = strict(made.layout.meta, metaKeys);
  return made;
};

function element() {
  const heard = {};
  const on = (type, listener) => (heard[type] ??= []).push(listener);
  const inside = {};
  return {
    style: { setProperty() {} }, dataset: {}, isConnected: true, clientWidth: 900, scrollWidth: 900, scrollLeft: 0, attributes: {}, children: [], on, addEventListener: on,
    setAttribute(name, value) { this.attributes[name] = value; },
    querySelector: (name) => (inside[name] ??= element()),
    append(...children) { this.children.push(...children); },
    replaceChildren(...children) { this.children = children; },
    focus() { globalThis.focused = this; },
    getContext: () => ({ beginPath() {}, moveTo() {}, lineTo() {}, fill() {} }),
    hear(type, event) { for (const listener of heard[type] ?? []) listener(event); },
  };
}

const whole = element();
const [room, plot, said, trail, overview] = [".room", ".plot", ".said", ".trail", ".overview"].map(whole.querySelector);
globalThis.document = { createElement: element, heard: {}, addEventListener(type, listener) { (this.heard[type] ??= []).push(listener); } };
globalThis.fetch = async (address) => ({ ok: address in pictures, text: async () => pictures[address] });
let draws = 0;
globalThis.window = {
  addEventListener() {},
  Plotly: {
    Icons: {},
    async react(at, data, layout) {
      draws += 1;
      const axes = Object.fromEntries(["xaxis", "yaxis"].filter((axis) => layout[axis]).map((axis) => [axis, { ...layout[axis], _offset: 0, l2p: (at) => at }]));
      Object.assign(at, { data, layout, _fullLayout: { ...layout, ...axes } });
    },
    async restyle(at, change, [number]) { Object.assign(at.data[number], Object.fromEntries(Object.entries(change).map(([axis, [values]]) => [axis, values]))); },
  },
};
globalThis.ResizeObserver = class { observe() {} };
globalThis.getComputedStyle = () => ({ getPropertyValue: () => "#ffffff" });
globalThis.devicePixelRatio = 1;
globalThis.matchMedia = () => ({ matches: true, addEventListener() {} }); // nothing moves
globalThis.setTimeout = (wanted) => wanted(); // the key rests at once
globalThis.clearTimeout = () => {};
const { default: component } = await import(script);
const settled = () => new Promise((done) => setImmediate(done));

const acts = {
  click: (step) => plot.hear("plotly_click", { points: [{ customdata: step }] }),
  tap: (step) => { // as browsers tell it
    for (const type of ["touchstart", "mousedown"]) plot.hear("plotly_click", { points: [{ customdata: step }], event: { type } });
  },
  back: (number) => stops()[number].onclick(), // on the way over the picture
  input: (text) => { // pointed at and chosen, by a click that does not come up to the page
    const target = { closest: (where) => (where === "#inputs button" ? { textContent: text } : null) };
    for (const type of ["pointerover", "click"]) for (const listener of document.heard[type]) listener({ target });
  },
  key: (key) => room.hear("keydown", { key, preventDefault() {} }),
  press: (customdata) => { // on a solid volume
    plot.hear("plotly_hover", { points: [{ customdata }] });
    for (const type of ["pointerdown", "pointerup"]) plot.hear(type, { clientX: 0, clientY: 0 });
  },
};

const stops = () => trail.querySelector("ol").children.map(({ children: [stop] }) => stop);
const told = [];
for (const { data, does, scrollWidth = 900 } of shown) {
  Object.assign(room, { scrollWidth, scrollLeft: 0 });
  const sent = [], before = draws;
  component({
    data: strict(data, contract.data),
    parentElement: whole,
    setTriggerValue: (name, value) => sent.push([name, value]),
  });
  await settled();
  for (const [act, value] of does) {
    acts[act](value);
    await settled();
  }
  const drawn = Object.fromEntries(plot.data.filter(({ name }) => name).map(({ name, x, y, z }) => [name, z ? { x, y, z } : { x, y }]));
  told.push({ sent, drawn, label: room.attributes["aria-label"], scrolled: room.scrollLeft, said: said.textContent ?? "",
    way: stops().map(({ textContent, attributes, onclick }) => [textContent, attributes["aria-current"] ?? null, Boolean(onclick)]),
    overview: !overview.hidden, draws: draws - before, traces: plot.data.length, shapes: plot.layout.shapes ?? [],
  });
}
console.log(JSON.stringify(told));
