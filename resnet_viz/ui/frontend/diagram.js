// The picture in the page: Plotly.js around a figure that Python made. The node is kept between reruns, so zoom and
// selection stay; a click, Enter or Escape goes to Python, hovering and moving the selection do not.

const nodes = new WeakMap();
let loading = null;

function plotly(address) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { loading = null; reject(new Error("plotly.js did not load")); };
    document.head.append(script);
  });
  return loading;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const room = parentElement.querySelector(".room");
  const plot = parentElement.querySelector(".plot");
  const said = parentElement.querySelector(".said");
  let kept = nodes.get(plot);
  if (!kept) nodes.set(plot, (kept = { figure: null, marked: null, over: null }));
  kept.tell = (step, act) => setTriggerValue("picked", { step, act });
  kept.data = data;

  plotly(data.plotly).then((Plotly) => draw(Plotly, room, plot, said, kept)).catch((error) => { said.textContent = error.message; });
  return () => { kept.tell = () => {}; };
}

async function draw(Plotly, room, plot, said, kept) {
  const { data } = kept;
  room.setAttribute("aria-label", data.alt);
  if (kept.figure !== data.figure) {
    kept.figure = data.figure;
    const { data: traces, layout } = JSON.parse(data.figure);
    kept.hits = traces.findIndex((trace) => trace.name === "hits");
    kept.selected = traces.findIndex((trace) => trace.name === "selected");
    kept.outlines = layout.meta.outlines;
    kept.folds = layout.meta.folds;
    kept.steps = [...new Set(traces[kept.hits].customdata)];
    kept.texts = Object.fromEntries(traces[kept.hits].customdata.map((step, i) => [step, traces[kept.hits].hovertext[i]]));
    plot.style.minWidth = `${layout.width}px`;
    delete layout.width;
    layout.autosize = true;
    kept.marked = null;
    const first = !plot.data;
    await Plotly.react(plot, traces, layout, {
      displaylogo: false, responsive: true, scrollZoom: false, showSendToCloud: false, doubleClick: "reset",
      toImageButtonOptions: { format: "svg", filename: data.file, scale: 1 },
    });
    if (first) listen(Plotly, room, plot, said, kept);
  }
  await mark(Plotly, plot, kept, data.selected);
}

async function mark(Plotly, plot, kept, step) {
  if (kept.marked === step) return;
  kept.marked = step;
  const outline = kept.outlines[kept.folds[step] ?? step] ?? [[], []];
  await Plotly.restyle(plot, { x: [outline[0]], y: [outline[1]] }, [kept.selected]);
}

function listen(Plotly, room, plot, said, kept) {
  plot.on("plotly_hover", ({ points: [point] }) => { kept.over = point.customdata; });
  plot.on("plotly_unhover", () => { kept.over = null; });
  plot.on("plotly_click", ({ points: [point] }) => choose(point.customdata));
  function choose(step) {
    const again = step === kept.marked;
    mark(Plotly, plot, kept, step);
    kept.tell(step, again ? "in" : "select");
  }
  room.addEventListener("keydown", (event) => {
    const { steps } = kept, at = steps.indexOf(kept.marked);
    const to = { ArrowRight: at + 1, ArrowLeft: at < 0 ? 0 : at - 1, Home: 0, End: steps.length - 1 }[event.key];
    if (to !== undefined) {
      const step = steps[Math.min(Math.max(to, 0), steps.length - 1)];
      mark(Plotly, plot, kept, step);
      said.textContent = kept.texts[step].replace(/<br>/g, ". ").replace(/<[^>]*>/g, "");
      clearTimeout(kept.later); // telling Python can wait until the key rests
      kept.later = setTimeout(() => kept.tell(step, "select"), 350);
    } else if (event.key === "Enter" && at >= 0) {
      clearTimeout(kept.later);
      kept.tell(kept.marked, "in");
    } else if (event.key === "Escape") {
      clearTimeout(kept.later);
      kept.tell(kept.marked ?? -1, "out");
    } else return;
    event.preventDefault();
  });
}
