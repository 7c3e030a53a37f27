// The picture in the page: Plotly.js around a figure that Python made. The node is kept between reruns, so zoom and
// selection stay; a click, Enter or Escape goes to Python, hovering and moving the selection do not.
// CONTRACT, the content of picture/layout/contract.json, is put before this script: what it and Python agree on stands there alone.

const nodes = new WeakMap();
let shown = null; // the picture that is printed instead of its page

window.addEventListener("beforeprint", () => {
  if (shown?.plot.isConnected && window.Plotly && !document.querySelector(".rv-paper")) printed(window.Plotly, shown.kept.data.printed);
});

// What the picture is drawn for is Python's to know, and Streamlit asks it nothing when evening comes.
const dark = matchMedia("(prefers-color-scheme: dark)");

function diagram({ data, parentElement, setTriggerValue, setStateValue }) {
  const [room, plot, said, nav, under] = [".room", ".plot", ".said", ".trail", ".overview"].map((name) => parentElement.querySelector(name));
  let kept = nodes.get(plot);
  if (!kept) nodes.set(plot, (kept = { figure: null, marked: null, early: [] }));
  kept.tell = (step, act) => setTriggerValue(CONTRACT.event, { step, act });
  kept.repaint = () => setStateValue("dark", dark.matches);
  kept.data = arrived(data, kept);
  kept.tip = parentElement.querySelector(".tip");
  if (data.printed) shown = { plot, kept };
  trail(nav, data.trail, (number) => { kept.tell(number, CONTRACT.acts.go_to); room.focus({ preventScroll: true }); }); // its button goes
  const redraw = () => plotly(kept.data).then((Plotly) => draw(Plotly, { room, plot, said, nav, under }, kept)).catch((error) => { said.textContent = error.message; });
  if (data.ahead.at) ahead = { plot, kept, redraw };
  redraw();
  return () => {
    kept.tell = kept.repaint = () => {};
    hide(kept);
  };
}

// A narrower room makes all of a picture smaller at first, words aside, which have room to spare, a block's more than the
// shapes under a network's volumes; then it scrolls.
const NARROWEST = 0.89, NARROWEST_BLOCK = 0.87;
const narrowest = ({ data }) => (data.trail.length > 2 ? NARROWEST_BLOCK : NARROWEST);
const WORDS = 66; // px of the lines under a picture, which stay as high

// The picture's width and height in the room that it has, in which one that is true to scale becomes smaller both ways.
function sizes(room, kept) {
  const { width, height, margin, tied } = kept.own;
  const wide = Math.max(room.clientWidth, Math.round(narrowest(kept) * width));
  const share = tied ? Math.min(1, wide / width) : 1, frame = (margin?.t ?? 0) + (margin?.b ?? 0);
  return { width: wide, height: Math.round(frame + (height - frame) * share + WORDS * (1 - share)) };
}

async function draw(Plotly, parts, kept) {
  const { data } = kept, { room, plot, said } = parts;
  if (kept.figure !== data.figure) {
    kept.figure = data.figure;
    const { data: traces, layout } = JSON.parse(data.figure);
    const { meta } = layout;
    delete layout.meta; // plotly.js takes out of what is in it what was in the last one
    const hits = traces.find((trace) => trace.name === CONTRACT.traces.hits);
    plot.style.minWidth = `${Math.round(narrowest(kept) * layout.width)}px`;
    if (layout.xaxis && matchMedia("(pointer: coarse)").matches) layout.dragmode = false; // a finger scrolls the page, two zoom it
    const first = !plot.data, deeper = data.trail.length - (kept.way?.length ?? data.trail.length);
    const elsewhere = !first && kept.way?.slice(1).join() !== data.trail.slice(1).join(); // whatever the network is called
    const left = elsewhere && deeper && !layout.scene ? leaving(room, plot) : null;
    // of the volume that one goes into, as it stands before the picture is another
    let part = left && deeper > 0 && outline(kept, kept.marked) ? seen(room, plot, outline(kept, kept.marked)) : undefined;
    const moved = ghost(kept, meta, layout);
    if (moved.length) {
      makeRoom(moved, meta, traces, layout, getComputedStyle(room).getPropertyValue("--st-background-color"));
      traces.push({
        type: "scatter", mode: "lines", name: CONTRACT.traces.ghost, hoverinfo: "skip", line: { color: layout.modebar.color, width: 1, dash: "dot" },
        x: moved.flatMap(({ from }) => [...from.map(([x]) => x), from[0][0], null]), y: moved.flatMap(({ from }) => [...from.map(([, y]) => y), from[0][1], null]),
      });
    }
    if (hits) Object.assign(hits, { hoverinfo: "none", hovertemplate: null }); // tip.js says it
    kept.faces = traces.filter(({ fill }) => fill === "toself");
    if (meta.volumes) underneath(traces, layout);
    hide(kept);
    keepZoom(plot, layout, kept);
    kept.own = { width: layout.width, height: layout.height, margin: layout.margin, tied: Boolean(layout.yaxis?.scaleanchor) };
    Object.assign(layout, { autosize: false }, sizes(room, kept));
    // the mark is in it from the start: to put it there afterwards draws all a second time
    const number = traces.findIndex((trace) => trace.name === CONTRACT.traces.selected), step = elsewhere ? data.selected : chosen(kept);
    const around = number < 0 ? undefined : outline(meta, step);
    if (around) Object.assign(traces[number], { x: around[0], y: around[1], ...(layout.scene && { z: around[2] }) });
    await Plotly.react(plot, traces, layout, first ? settings(Plotly, plot, kept) : undefined);
    // only now is this the picture that keys walk in
    kept.meta = meta;
    kept.selected = number;
    kept.outlines = meta.outlines;
    kept.folds = meta.folds;
    const told = hits ? hits.customdata.map((step, i) => [step, hits.hovertext[i]]) : layout.scene ? solids(traces) : [];
    kept.steps = [...new Set(told.map(([step]) => step))].sort((a, b) => a - b); // in the order they run, and not in that they are drawn
    kept.texts = Object.fromEntries(told);
    kept.marked = number < 0 ? null : step;
    kept.way = data.trail;
    if (first) listen(Plotly, parts, kept);
    kept.survey();
    if (moved.length) morph(plot, moved);
    if (elsewhere) {
      kept.awaited = null;
      room.scrollLeft = 0;
      said.textContent = `${data.trail.join(", ")}: ${data.alt.split(". ")[0]}`;
    }
    if (around) follow(room, plot, around);
    if (meta.wrong !== undefined) bring(room, layout.xaxis.range, meta.wrong);
    if (deeper < 0 && left && outline(kept, kept.marked)) part = seen(room, plot, outline(kept, kept.marked));
    if (left) travel(room, plot, left, deeper > 0, part);
  }
  await mark(Plotly, room, plot, kept, chosen(kept));
  room.setAttribute("aria-label", data.trail.length ? `${data.trail[0]}, ${data.alt}` : data.alt);
}

// Given once: settings that differ from the last ones make plotly.js draw all anew, and then a second time.
function settings(Plotly, plot, kept) {
  return {
    displaylogo: false, responsive: false, scrollZoom: "gl3d", plotGlPixelRatio: Math.min(2, Math.max(1, devicePixelRatio || 1)), showSendToCloud: false, doubleClick: false,
    toImageButtonOptions: { format: "svg", get filename() { return kept.data.file; }, scale: 1 },
    modeBarButtonsToRemove: ["resetScale2d", "autoScale2d", "select2d", "lasso2d"],
    modeBarButtonsToAdd: [{ name: "whole", title: "Show the whole picture", icon: Plotly.Icons.home, click: () => whole(Plotly, plot, kept) }],
  };
}

// Step and text of each solid volume: its mesh tells them at every face.
function solids(traces) {
  const [name, step] = ["name", "step"].map((key) => CONTRACT.solid.indexOf(key));
  return traces[0].customdata.map((told) => [told[step], told[name]]);
}

// The part of the picture that was zoomed to, as shares of the whole: a picture of another size shows the same part.
function keepZoom(plot, layout, kept) {
  if (layout.scene) keepCamera(plot, layout, kept);
  if (!layout.xaxis) return;
  const base = { x: [...layout.xaxis.range], y: [...layout.yaxis.range] };
  if (kept.zoomed && kept.view === layout.uirevision) {
    for (const axis of ["x", "y"]) {
      const [from, to] = kept.base[axis], now = plot._fullLayout[`${axis}axis`].range, [left, right] = base[axis];
      layout[`${axis}axis`].range = now.map((value) => left + ((value - from) / (to - from)) * (right - left));
    }
  } else kept.zoomed = false;
  kept.base = base;
  kept.view = layout.uirevision;
  layout.uirevision = kept.turn = (kept.turn ?? 0) + 1; // plotly.js itself keeps nothing
}

// The wheel comes nearer by longer axes, since the camera sees in parallel: a picture with other axes is as near as the last.
function keepCamera(plot, layout, kept) {
  const { scene } = layout;
  kept.first = { camera: scene.camera, aspectratio: { ...scene.aspectratio } };
  // it glides on after a turn, which nothing tells
  if (kept.camera) scene.camera = plot._fullLayout?.scene?._scene?.getCamera() ?? kept.camera;
  if (kept.nearer) for (const axis of ["x", "y", "z"]) scene.aspectratio[axis] *= kept.nearer;
  layout.uirevision = kept.turn = (kept.turn ?? 0) + 1; // plotly.js itself keeps nothing
}

// What became of each volume since the last picture: its old outline, stood where the new one stands, and the new one.
// Nothing where only colours changed, where another place is shown, or where the two have no common scale.
function ghost(kept, meta, layout) {
  const before = kept.shapes, shapes = new Map();
  for (const [step, [place, shape]] of Object.entries(meta.volumes ?? {})) {
    const [xs, ys] = meta.outlines[step];
    shapes.set(place, { shape, points: xs.slice(0, -1).map((x, i) => [x, ys[i]]) });
  }
  const view = `${meta.scale} ${layout.uirevision}`;
  kept.shapes = { view, shapes, zoom: meta.zoom };
  if (!shapes.size || before?.view !== view) return [];
  const near = corner(0, 0, 0), above = corner(0, 1, 0);
  const middle = (points) => (points[near][1] + points[above][1]) / 2;
  const zoom = meta.zoom / before.zoom;
  const moved = [];
  for (const [place, { shape, points: to }] of shapes) {
    const old = before.shapes.get(place);
    if (!old || old.shape === shape) continue;
    const was = old.points.slice(0, CONTRACT.outline.length); // without the way back to the first
    moved.push({ from: was.map(([x, y]) => [to[near][0] + (x - was[near][0]) * zoom, middle(to) + (y - middle(was)) * zoom]), to });
  }
  return moved;
}

// Where in an outline the corner is that lies so many times the width, the height and the depth from the first.
function corner(...away) {
  return CONTRACT.outline.findIndex((known) => known.every((times, i) => times === away[i]));
}

// Old volumes may be higher than the picture: it grows, and what stands under its volumes moves down.
function makeRoom(moved, meta, traces, layout, paper) {
  const heights = moved.flatMap(({ from }) => from.map(([, y]) => y)), { range } = layout.yaxis;
  const floor = Math.min(...Object.values(meta.outlines).flatMap(([, ys]) => ys.filter((y) => y !== null)));
  const down = Math.max(0, floor - Math.min(...heights)), up = Math.max(0, Math.max(...heights) + 4 - range[1]);
  const lower = (y) => (y !== null && y < floor - 0.5 ? y - down : y);
  for (const trace of traces) if (trace.type === "scatter") trace.y = trace.y.map(lower);
  for (const note of layout.annotations) Object.assign(note, { y: lower(note.y), bgcolor: note.bgcolor ?? paper }); // no line through a word
  layout.yaxis.range = [range[0] - down, range[1] + up];
  layout.height += down + up;
}

// Outlines that run from the old sizes to the new ones while the picture fades in.
function morph(plot, moved) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const { xaxis, yaxis } = plot._fullLayout, layer = plot.querySelector(".cartesianlayer");
  if (!xaxis || !layer) return;
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("style", `fill: none; stroke: ${plot._fullLayout.font.color}; stroke-width: 1.5px; pointer-events: none`);
  layer.append(path);
  const begin = performance.now(), LENGTH = 600;
  requestAnimationFrame(function frame(now) {
    const t = Math.min(1, Math.max(0, (now - begin) / LENGTH)), share = t * t * (3 - 2 * t);
    const at = ([x0, y0], [x1, y1]) => `${xaxis._offset + xaxis.l2p(x0 + (x1 - x0) * share)},${yaxis._offset + yaxis.l2p(y0 + (y1 - y0) * share)}`;
    path.setAttribute("d", moved.map(({ from, to }) => `M${from.map((point, i) => at(point, to[i])).join("L")}Z`).join(""));
    if (t < 1 && path.isConnected) requestAnimationFrame(frame);
    else path.remove();
  });
}

// Where the picture is wider than its room, the page scrolls to what is wrong in it.
function bring(room, [left, right], x) {
  const at = room.scrollWidth * (x - left) / (right - left);
  if (at < room.scrollLeft + 60 || at > room.scrollLeft + room.clientWidth - 60) room.scrollLeft = at - room.clientWidth / 2;
}

async function whole(Plotly, plot, kept) {
  if (plot.layout.scene) {
    kept.camera = kept.nearer = undefined;
    await Plotly.relayout(plot, { "scene.camera": kept.first.camera, "scene.aspectratio": kept.first.aspectratio });
    kept.camera = kept.nearer = undefined; // which the relayout told
    return;
  }
  if (!plot.layout.xaxis) return;
  await Plotly.relayout(plot, { "xaxis.range": kept.base.x, "yaxis.range": kept.base.y });
  kept.zoomed = false;
}

function hover(plot, kept, { data, pointNumber }) {
  if (data.name !== CONTRACT.traces.hits) return;
  const { xaxis, yaxis } = plot._fullLayout, { left, top } = plot.getBoundingClientRect();
  const places = data.x.map((x, i) => ({
    left: left + xaxis._offset + xaxis.l2p(x - data.width[i] / 2), right: left + xaxis._offset + xaxis.l2p(x + data.width[i] / 2),
    top: top + yaxis._offset + yaxis.l2p(data.base[i] + data.y[i]), bottom: top + yaxis._offset + yaxis.l2p(data.base[i]),
  }));
  tell(kept.tip, data.hovertext[pointNumber], places[pointNumber], places, plot._fullLayout.hoverlabel);
}

function hide(kept) {
  if (kept.tip) kept.tip.hidden = true;
}

// What Python says is chosen; or what was chosen here after that, which is still on its way there.
function chosen(kept) {
  const { awaited, data } = kept;
  if (awaited && awaited.step !== data.selected && performance.now() < awaited.until) return awaited.step;
  kept.awaited = null;
  return data.selected;
}

// Around the volume of a step, or around that which stands for it.
function outline({ outlines, folds }, step) {
  return outlines?.[folds[step] ?? step];
}

async function mark(Plotly, room, plot, kept, step) {
  if (kept.marked === step || kept.selected < 0) return;
  kept.marked = step;
  const around = outline(kept, step);
  const [x, y, z] = around ?? [[], [], []];
  await Plotly.restyle(plot, { x: [x], y: [y], ...(plot.layout.scene && { z: [z] }) }, [kept.selected]);
  if (around) follow(room, plot, around);
}

// What is marked is seen, also where the picture is wider than its room.
function follow(room, plot, around) {
  if (plot.layout.scene || !(room.scrollWidth > room.clientWidth)) return;
  const { left, right } = seen(room, plot, around), middle = (left + right) / 2;
  if (middle < 0 || middle > room.clientWidth) room.scrollLeft += middle - room.clientWidth / 2;
}

function listen(Plotly, { room, plot, said, nav, under }, kept) {
  const { acts } = CONTRACT;
  kept.survey = overview(room, plot, kept, under);
  dark.addEventListener("change", () => setTimeout(() => plot.isConnected && kept.repaint(), 200)); // the page's own colours first
  // not Plotly's own way, by which a picture comes to be of no height; and a scroll bar or a menu changes the room without
  // a change of the window
  new ResizeObserver(() => requestAnimationFrame(async () => {
    const to = sizes(room, kept), now = plot._fullLayout;
    if (!plot.isConnected || !room.clientWidth || !now) return;
    if (Math.abs(now.width - to.width) > 1 || Math.abs(now.height - to.height) > 1) await Plotly.relayout(plot, to);
    kept.survey();
  })).observe(room);
  plot.on("plotly_relayout", (change) => {
    kept.camera = change["scene.camera"] ?? kept.camera;
    const near = change["scene.aspectratio"];
    if (near) kept.nearer = near.x / kept.first.aspectratio.x;
  });
  plot.on("plotly_relayout", (change) => { if ("xaxis.range[0]" in change || "yaxis.range[0]" in change) kept.zoomed = true; });
  plot.on("plotly_doubleclick", () => whole(Plotly, plot, kept));
  // a tap is told twice, as a touch and as the mouse that browsers make up after one
  let touched;
  plot.on("plotly_click", ({ points: [point], event }) => {
    if (plot.layout.scene || point.customdata === undefined) return;
    const echo = event?.type === "mousedown" && touched === point.customdata;
    touched = event?.type === "touchstart" ? point.customdata : undefined;
    if (!echo) choose(point.customdata);
  });
  const told = matchMedia("(pointer: coarse)").matches ? () => {} : hover; // a finger chooses, and the card tells
  plot.on("plotly_hover", ({ points: [point] }) => told(plot, kept, point));
  for (const event of ["plotly_unhover", "plotly_relayout"]) plot.on(event, () => hide(kept));
  window.addEventListener("scroll", () => hide(kept), true);
  // a solid picture tells of a click when a turn begins, so there a click is a press and a release in one place
  plot.on("plotly_hover", ({ points: [point] }) => { kept.over = plot.layout.scene ? point.customdata?.[CONTRACT.solid.indexOf("step")] : undefined; });
  plot.on("plotly_unhover", () => { kept.over = undefined; });
  let pressed = null;
  plot.addEventListener("pointerdown", (event) => { pressed = [event.clientX, event.clientY, kept.over]; }, true);
  plot.addEventListener("pointerup", (event) => {
    const still = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) < 4;
    if (plot.layout.scene && still && pressed[2] !== undefined) choose(pressed[2]);
    pressed = null;
  }, true);
  function move(step) {
    kept.awaited = { step, until: performance.now() + 5000 };
    mark(Plotly, room, plot, kept, step);
  }
  function choose(step) {
    const again = step === kept.marked;
    move(step);
    kept.tell(step, again ? acts.go_in : acts.select);
  }
  room.addEventListener("keydown", (event) => {
    const { steps } = kept, at = steps.indexOf(kept.folds[kept.marked] ?? kept.marked);
    const to = { ArrowRight: at + 1, ArrowLeft: at < 0 ? 0 : at - 1, Home: 0, End: steps.length - 1 }[event.key];
    if (to !== undefined && steps.length) {
      const step = steps[Math.min(Math.max(to, 0), steps.length - 1)];
      move(step);
      said.textContent = kept.texts[step].replace(/<br>/g, ". ").replace(/<[^>]*>/g, "");
      clearTimeout(kept.later); // telling Python can wait until the key rests
      kept.later = setTimeout(() => kept.tell(step, acts.select), 350);
    } else if (event.key === "Enter" && at >= 0) {
      clearTimeout(kept.later);
      kept.tell(kept.marked, acts.go_in);
    } else if (event.key === "Escape") {
      clearTimeout(kept.later);
      kept.tell(kept.marked ?? CONTRACT.no_step, acts.go_out);
    } else return;
    event.preventDefault();
  });
  nav.addEventListener("keydown", ({ key }) => { if (key === "Escape") kept.tell(kept.marked ?? CONTRACT.no_step, acts.go_out); });
}
