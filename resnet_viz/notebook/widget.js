// The picture in a notebook. Python's part is the model: what is shown are its traits, what somebody does is told it in
// messages. Plotly.js comes from Python too, once a page; until it is there, and where no Python runs, the still picture stays.

const WAIT = 20000; // ms until who draws says that nobody answers
const ALONE = "No Python answers: run the cell again for a picture to click in.";

// Plotly.js for this page, whichever widget asks first.
function plotlyOf(model) {
  if (window.Plotly) return Promise.resolve();
  if (window.resnetVizPlotly) return window.resnetVizPlotly;
  const anew = () => { if (window.resnetVizPlotly === loading) window.resnetVizPlotly = undefined; }; // the next widget asks for itself
  const loading = new Promise((resolve, reject) => {
    const given = async (content) => {
      if (!content.plotly) return;
      model.off("msg:custom", given);
      const packed = Uint8Array.from(atob(content.plotly), (letter) => letter.charCodeAt(0));
      const source = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
      const script = document.createElement("script");
      // some notebooks' pages have a `define`, to which it would give itself instead
      script.textContent = `(function (define, module, exports) {${source}\n}).call(window);`;
      document.head.append(script);
      if (window.Plotly) resolve();
      else reject(new Error("plotly.js did not load"));
    };
    model.on("msg:custom", given);
    try { model.send({ ask: "plotly" }); } catch { reject(new Error(ALONE)); }
    setTimeout(anew, WAIT);
  });
  window.resnetVizPlotly = loading;
  loading.catch(anew);
  return loading;
}

// Whether the notebook's page is dark, as each of them says it; else what the system wants.
function isDark() {
  const { body, documentElement: root } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  for (const [kind, dark] of [["vscode-dark", true], ["vscode-high-contrast", true], ["vscode-light", false], ["dark", true], ["dark-theme", true], ["light", false], ["light-theme", false]]) {
    if (body.classList.contains(kind) || root.classList.contains(kind)) return dark;
  }
  const told = root.getAttribute("theme") ?? root.dataset.theme ?? body.dataset.theme;
  return told ? told === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function tableOf(model, choose) {
  const box = document.createElement("div"), table = box.appendChild(document.createElement("table"));
  box.className = "steps";
  const columns = model.get("_columns"), rows = model.get("_rows");
  const head = table.createTHead().insertRow();
  for (const [name, number] of columns) {
    const cell = head.appendChild(document.createElement("th"));
    cell.textContent = name.replaceAll("_", " ");
    cell.scope = "col";
    cell.classList.toggle("number", number);
  }
  const body = table.createTBody(), named = columns.findIndex(([name]) => name === "name");
  rows.forEach((cells, index) => {
    const row = body.insertRow();
    cells.forEach((text, i) => {
      const cell = row.insertCell();
      cell.classList.toggle("number", columns[i][1]);
      if (i !== named) { cell.textContent = text; return; }
      const button = cell.appendChild(document.createElement("button"));
      button.type = "button";
      button.textContent = text;
    });
    row.addEventListener("click", () => choose(index));
  });
  return box;
}

function render({ model, el }) {
  el.classList.add("resnet-viz");
  const live = document.createElement("div"), still = document.createElement("div"), card = document.createElement("div"), note = document.createElement("p");
  live.innerHTML = HTML;
  live.hidden = true;
  still.className = "still";
  still.innerHTML = model.get("_still"); // of Python's own making, every name in it escaped
  card.className = "card";
  card.setAttribute("aria-live", "polite");
  note.className = "note";
  note.setAttribute("role", "status");
  // a kernel that was restarted knows nothing of this widget, and Jupyter throws at whatever is sent to it
  const tell = (content) => { try { model.send(content); } catch { note.textContent = ALONE; } };
  const steps = tableOf(model, (step) => tell({ [CONTRACT.event]: { step, act: "row" } }));
  steps.hidden = !model.get("_rows").length;
  el.append(still, live, note, card, steps);

  let gone = false, stop = () => {};
  function choice() {
    const [title, why, ...lines] = model.get("_card"), index = model.get("_chosen");
    card.hidden = title === undefined;
    if (!card.hidden) {
      const list = document.createElement("ul");
      for (const line of lines) {
        const item = list.appendChild(document.createElement("li")), [name, ...rest] = line.split(": ");
        if (rest.length) item.append(`${name}: `, Object.assign(document.createElement("code"), { textContent: rest.join(": ") }));
        else item.textContent = line;
      }
      card.replaceChildren(Object.assign(document.createElement("strong"), { textContent: title }), Object.assign(document.createElement("p"), { textContent: why ?? "" }), list);
    }
    const row = index === null ? undefined : steps.querySelector("tbody").rows[index], before = steps.querySelector("[aria-selected]");
    if (row === before) return;
    before?.removeAttribute("aria-selected");
    row?.setAttribute("aria-selected", "true");
    if (row) steps.scrollTop = row.offsetTop - steps.clientHeight / 2; // not into view, which would move the notebook's page
  }

  function show() {
    if (gone) return;
    for (const [name, value] of Object.entries(model.get("_colours"))) el.style.setProperty(name, value);
    choice();
    if (!window.Plotly) return;
    still.remove();
    live.hidden = false;
    const data = { figure: model.get("_figure"), alt: model.get("_alt"), selected: model.get("_marked"), file: model.get("_file"), plotly: "", basic: "here", printed: "", trail: model.get("_trail"), ahead: {} };
    stop = diagram({ data, parentElement: live, setTriggerValue: (name, value) => tell({ [name]: value }), setStateValue: () => {} });
  }

  // several traits change at once, each with an event of its own
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; show(); });
  };
  // marimo runs anew what asks for a value only where the page says it, not where Python has set it
  let said = model.get("selected");
  const say = () => {
    if (model.get("selected") === said) return;
    said = model.get("selected");
    model.set("selected", said);
    model.save_changes();
  };
  model.on("change:selected", say);
  const followed = ["_figure", "_marked", "_chosen", "_card", "_trail", "_colours"].map((name) => `change:${name}`);
  for (const event of followed) model.on(event, soon);

  const paint = () => { if (model.get("_theme") === "auto") tell({ theme: isDark() ? "dark" : "light" }); };
  const watch = new MutationObserver(paint), system = matchMedia("(prefers-color-scheme: dark)");
  for (const place of [document.documentElement, document.body]) watch.observe(place, { attributes: true, attributeFilter: ["class", "theme", "data-theme", "data-jp-theme-light"] });
  system.addEventListener("change", paint);

  show();
  paint();
  // a kernel that is busy answers late, and is drawn then
  const late = setTimeout(() => { note.textContent = ALONE; }, WAIT);
  plotlyOf(model).then(() => { note.textContent = ""; show(); }).catch((error) => { note.textContent = error.message; }).finally(() => clearTimeout(late));
  return () => {
    gone = true;
    clearTimeout(late);
    stop();
    watch.disconnect();
    system.removeEventListener("change", paint);
    for (const event of followed) model.off(event, soon);
    model.off("change:selected", say);
  };
}

export default { render };
