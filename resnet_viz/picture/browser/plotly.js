// Plotly.js, loaded once into the page: its basic part, a quarter of it, which most figures need no more than, and the whole
// with the first that does. An address may be in the page from the start, see shell.py, where it goes if it fails.

const MORE = /"type": ?"(heatmap|mesh3d|scatter3d)"/; // what the basic part does not draw
const loads = new Map(); // by their addresses

function needed({ plotly: whole, basic, figure }) {
  return basic && !MORE.test(figure) ? basic : whole;
}

function plotly(data) {
  const address = needed(data), enough = address !== data.plotly || !data.basic;
  if (enough ? window.Plotly : window.plotlyWhole) return Promise.resolve(enough ? window.Plotly : window.plotlyWhole);
  if (!loads.has(address)) loads.set(address, new Promise((resolve, reject) => {
    let script = document.querySelector(`script[src="${address}"]`);
    if (!script) {
      script = document.createElement("script");
      script.src = address;
      document.head.append(script);
    }
    script.addEventListener("load", () => {
      if (address === data.plotly) window.plotlyWhole = window.Plotly;
      window.Plotly = window.plotlyWhole ?? window.Plotly; // should the basic part have come after it
      resolve(window.Plotly);
    });
    script.addEventListener("error", () => { loads.delete(address); script.remove(); reject(new Error("plotly.js did not load")); });
  }));
  return loads.get(address);
}
