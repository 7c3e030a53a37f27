// Plotly.js, loaded once into the page. Its address may be in the page from the start, see shell.py, where it goes if it fails.

let loading = null;

function plotly(address) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    let script = document.querySelector(`script[src="${address}"]`);
    if (!script) {
      script = document.createElement("script");
      script.src = address;
      document.head.append(script);
    }
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => { loading = null; script.remove(); reject(new Error("plotly.js did not load")); });
  });
  return loading;
}
