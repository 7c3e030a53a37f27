// Maps of numbers as colours: some large, with the image under them, and many small ones. What is chosen goes to Python;
// hovering and moving by keys do not, until Enter.

const drawnBefore = new WeakMap();

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);

// 256 colours of the scale, straight between those that Python names.
function ramp(anchors) {
  const parts = anchors.map((colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)));
  return Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (parts.length - 1), left = Math.min(parts.length - 2, Math.floor(at)), share = at - left;
    return [0, 1, 2].map((k) => Math.round(parts[left][k] * (1 - share) + parts[left + 1][k] * share));
  });
}

// A picture of ``height`` x ``width`` cells, one pixel each; ``clear(level)`` is how opaque each is.
function painted(height, width, level, colours, clear = () => 255) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let i = 0; i < height * width; i++) image.data.set([...colours[level(i)], clear(level(i))], 4 * i);
  context.putImageData(image, 0, 0);
  return canvas;
}

const short = (value) => (value === 0 ? "0" : Math.abs(value) >= 0.001 && Math.abs(value) < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2)).replace("-", "−");

export default function ({ data, parentElement, setTriggerValue }) {
  const [ones, groups, scale, tip, said] = [".ones", ".groups", ".scale", ".tip", ".said"].map((name) => parentElement.querySelector(name));
  const kept = drawnBefore.get(ones) ?? {};
  drawnBefore.set(ones, kept);
  kept.tell = (what) => setTriggerValue("chosen", what);
  const colours = ramp(data.anchors), { low, high } = data.scale;
  const level = (value) => Math.max(0, Math.min(255, Math.round((255 * (value - low)) / (high - low))));
  legend(scale, colours, data.scale);
  ones.parentElement.hidden = !data.ones.length; // the scale stands with the large ones
  if (kept.drawn !== data.drawn) {
    kept.drawn = data.drawn;
    ones.replaceChildren(...data.ones.map((one) => large(one, data, colours, level, kept, tip, said)));
    groups.replaceChildren(...data.groups.map((group) => small(group, colours, kept, tip, said)));
  }
  for (const node of ones.querySelectorAll(".one")) node.mark?.(data.cell);
  for (const node of groups.querySelectorAll(".group")) node.mark?.(data.channel);
  return () => { kept.tell = () => {}; tip.hidden = true; };
}

function legend(node, colours, { low, high }) {
  const stops = [0, 64, 128, 191, 255].map((i) => `rgb(${colours[i].join(",")}) ${Math.round((i / 255) * 100)}%`);
  const middle = low < 0 ? "<span>0</span>" : "";
  node.innerHTML = `<span>${short(low)}</span><i></i>${middle}<i></i><span>${short(high)}</span>`;
  const [first, second] = node.querySelectorAll("i");
  if (low < 0) {
    first.style.background = `linear-gradient(to right, ${stops.slice(0, 3).map((stop, k) => stop.replace(/\d+%$/, `${k * 50}%`)).join(",")})`;
    second.style.background = `linear-gradient(to right, ${stops.slice(2).map((stop, k) => stop.replace(/\d+%$/, `${k * 50}%`)).join(",")})`;
  } else {
    second.remove();
    first.style.background = `linear-gradient(to right, ${stops.join(",")})`;
  }
}

function show(tip, event, text) {
  tip.textContent = text;
  tip.hidden = false;
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  Object.assign(tip.style, { left: `${Math.max(8, left)}px`, top: `${event.clientY + 16}px` });
}

function large(one, data, colours, level, kept, tip, said) {
  const figure = document.createElement("figure"), caption = document.createElement("figcaption"), canvas = document.createElement("canvas");
  figure.className = "one";
  caption.textContent = one.title;
  const numbers = floats(one.data), { height, width, sides } = one;
  const times = Math.max(1, Math.floor(data.side / Math.max(height, width)));
  const scale = times > 1 ? times : data.side / Math.max(height, width);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const cells = painted(height, width, (i) => level(numbers[i]), colours);
  // over an image a number of 0 is clear, so that one sees where the large ones lie
  const zero = level(0), over = data.image && painted(height, width, (i) => level(numbers[i]), colours, (at) => Math.round(25 + (190 * Math.abs(at - zero)) / Math.max(zero, 255 - zero)));
  const open = one.opens !== false;
  if (open) Object.assign(canvas, { tabIndex: 0 });
  canvas.setAttribute("role", open ? "application" : "img");
  if (open) canvas.setAttribute("aria-roledescription", "map; arrow keys walk from cell to cell, Enter takes its number apart");
  canvas.setAttribute("aria-label", one.alt);
  const context = canvas.getContext("2d");
  let at = null, image = null;
  const draw = () => {
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (image) context.drawImage(image, 0, 0, canvas.width, canvas.height);
    context.drawImage(image ? over : cells, 0, 0, canvas.width, canvas.height);
    if (!at) return;
    // a cell, or a window of so many rows and columns
    const [row, column, rows = 1, columns = 1] = at, [high, wide] = [canvas.height / sides[0], canvas.width / sides[1]];
    const [x, y, w, h] = [column * wide, row * high, columns * wide, rows * high];
    for (const [colour, line] of [["#ffffff", 4], ["#000000", 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.strokeRect(x, y, Math.max(w, 4), Math.max(h, 4));
    }
  };
  if (data.image) {
    const under = new Image();
    under.onload = () => { image = under; draw(); };
    under.src = data.image;
  }
  const cell = ({ offsetX, offsetY }) => [
    Math.min(sides[0] - 1, Math.max(0, Math.floor((offsetY / canvas.clientHeight) * sides[0]))),
    Math.min(sides[1] - 1, Math.max(0, Math.floor((offsetX / canvas.clientWidth) * sides[1]))),
  ];
  const told = ([row, column]) => {
    const value = numbers[Math.floor((row * height) / sides[0]) * width + Math.floor((column * width) / sides[1])];
    return `row ${row}, column ${column}: ${sides[0] === height ? "" : "about "}${short(value)}`;
  };
  figure.mark = (to) => { at = to && open ? [...to] : null; draw(); };
  canvas.addEventListener("mousemove", (event) => show(tip, event, told(cell(event))));
  canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
  if (open) {
    canvas.addEventListener("click", (event) => { figure.mark(cell(event)); kept.tell({ row: at[0], column: at[1] }); });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
      if (step) {
        const now = at ?? [Math.floor(sides[0] / 2), Math.floor(sides[1] / 2)];
        figure.mark([0, 1].map((i) => Math.min(sides[i] - 1, Math.max(0, now[i] + (at ? step[i] : 0)))));
        said.textContent = told(at);
      } else if (event.key === "Enter" && at) kept.tell({ row: at[0], column: at[1] });
      else return;
      event.preventDefault();
    });
  }
  draw();
  figure.append(canvas, caption);
  return figure;
}

const GAP = 2;

function small(group, colours, kept, tip, said) {
  const section = document.createElement("section"), title = document.createElement("p"), canvas = document.createElement("canvas");
  section.className = "group";
  title.textContent = group.title;
  const { height, width, channels } = group, cells = bytes(group.data), size = height * width;
  const tile = group.tile, high = Math.max(8, Math.round((tile * height) / Math.max(height, width))), wide = Math.max(8, Math.round((tile * width) / Math.max(height, width)));
  const pictures = channels.map((_, k) => painted(height, width, (i) => cells[k * size + i], colours));
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-roledescription", "maps; arrow keys walk from channel to channel, Enter shows one large");
  canvas.setAttribute("aria-label", group.alt);
  const context = canvas.getContext("2d");
  let columns = 1, at = -1;
  const draw = () => {
    const room = section.clientWidth || 600;
    columns = Math.max(1, Math.min(channels.length, Math.floor((room + GAP) / (wide + GAP))));
    canvas.width = columns * (wide + GAP) - GAP;
    canvas.height = Math.ceil(channels.length / columns) * (high + GAP) - GAP;
    context.imageSmoothingEnabled = false;
    pictures.forEach((picture, k) => context.drawImage(picture, (k % columns) * (wide + GAP), Math.floor(k / columns) * (high + GAP), wide, high));
    if (at < 0) return;
    const [x, y] = [(at % columns) * (wide + GAP), Math.floor(at / columns) * (high + GAP)];
    for (const [colour, line] of [["#ffffff", 5], ["#000000", 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.strokeRect(x + 1, y + 1, wide - 2, high - 2);
    }
  };
  const place = ({ offsetX, offsetY }) => {
    const k = Math.floor(offsetY / (high + GAP)) * columns + Math.min(columns - 1, Math.floor(offsetX / (wide + GAP)));
    return k < channels.length ? k : -1;
  };
  section.mark = (channel) => { at = channels.indexOf(channel); draw(); };
  canvas.addEventListener("mousemove", (event) => { const k = place(event); if (k >= 0) show(tip, event, `channel ${channels[k]}`); else tip.hidden = true; });
  canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
  canvas.addEventListener("click", (event) => { const k = place(event); if (k >= 0) { section.mark(channels[k]); kept.tell({ channel: channels[k] }); } });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (step) {
      section.mark(channels[Math.min(channels.length - 1, Math.max(0, at + step))]);
      said.textContent = `channel ${channels[at]}`;
    } else if (event.key === "Enter" && at >= 0) kept.tell({ channel: channels[at] });
    else return;
    event.preventDefault();
  });
  section.append(title, canvas);
  new ResizeObserver(() => { const room = section.clientWidth; if (room && room !== section.room) { section.room = room; draw(); } }).observe(section);
  return section;
}
