// Plotly.js makes ready to hover, select and name each trace, and of a shape it draws the path. So the volumes' faces, which
// lie under all else, are only seen, and stand in no legend, are handed to it as shapes. In files they are traces as ever.

function underneath(traces, layout) {
  const seen = ({ type, mode, hoverinfo, showlegend, name }) =>
    type === "scatter" && mode === "lines" && hoverinfo === "skip" && showlegend === false && name !== CONTRACT.traces.selected;
  const first = traces.findIndex((trace) => !seen(trace));
  layout.shapes = traces.splice(0, first).map(({ x, y, fill, fillcolor, line }) => ({
    type: "path", layer: "below", path: route(x, y), fillcolor: fill ? fillcolor : "rgba(0,0,0,0)", fillrule: "nonzero", line,
  }));
}

// Lines with gaps between them as a path.
function route(xs, ys) {
  let begun = false;
  return xs.map((x, i) => {
    const to = x === null ? "" : `${begun ? "L" : "M"}${x},${ys[i]}`;
    begun = x !== null;
    return to;
  }).join("");
}
