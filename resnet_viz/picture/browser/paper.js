// What goes to paper instead of the page: put together when somebody prints, gone afterwards.

const A4 = "@page { size: A4 landscape; margin: 12mm; }";

function paper(parts, page) {
  document.querySelector(".rv-paper")?.remove();
  const sheet = document.createElement("div"), style = document.createElement("style");
  sheet.className = "rv-paper";
  style.textContent = page;
  sheet.append(style, ...parts);
  document.body.append(sheet);
  window.addEventListener("afterprint", () => sheet.remove(), { once: true });
}

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// An SVG of Plotly's that fills its room.
function drawing(svg) {
  const made = element("figure");
  made.innerHTML = svg;
  const root = made.querySelector("svg");
  if (!root.getAttribute("viewBox")) root.setAttribute("viewBox", `0 0 ${root.getAttribute("width")} ${root.getAttribute("height")}`);
  root.removeAttribute("width");
  root.removeAttribute("height");
  return made;
}

// A browser waits for nothing while it prints, so all of this is done at once, the request to the server too.
function printed(Plotly, address) {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  try { request.send(); } catch { /* status stays 0 */ }
  if (request.status !== 200) {
    paper([element("p", "The server does not have this picture any more. Reload the page and print it again.")], A4);
    return;
  }
  const { title, lines, figures, tables } = JSON.parse(request.responseText);
  const drawn = figures.map(({ name, figure }) => {
    const made = drawing(flat(Plotly, JSON.parse(figure)));
    if (name) made.prepend(element("figcaption", name));
    if (figures.length > 1) made.className = "one-of-two";
    return made;
  });
  paper([element("h1", title), ...lines.map((line) => element("p", line)), ...drawn, ...tables.map(table)], A4);
}

// The SVG of a figure that stands nowhere.
function flat(Plotly, { data, layout }) {
  const room = element("div");
  room.style.cssText = `position: absolute; left: -20000px; width: ${layout.width}px; height: ${layout.height}px`;
  document.body.append(room);
  // all is drawn when this returns; what it may still have to do it does later, and then goes
  Plotly.newPlot(room, data, layout, { staticPlot: true }).finally(() => {
    Plotly.purge(room);
    room.remove();
  });
  return Plotly.Snapshot.toSVG(room, "svg");
}

function table({ columns, rows }) {
  const made = element("table"), head = element("tr"), body = element("tbody");
  head.append(...columns.map(({ name, number }) => element("th", name, number && "number")));
  for (const row of rows) {
    const line = element("tr");
    line.append(...row.map((cell, i) => element("td", cell, columns[i].number && "number")));
    body.append(line);
  }
  if (rows.length < 12) made.className = "short"; // it stays on one sheet
  made.append(element("thead"), body);
  made.tHead.append(head);
  return made;
}
