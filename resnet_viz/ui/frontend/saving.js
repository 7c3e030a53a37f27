// The picture as a file, made in the browser of who asks for it.

export default function ({ data, parentElement }) {
  const said = parentElement.querySelector(".saved");
  for (const button of parentElement.querySelectorAll("button")) {
    const { size, form } = button.dataset;
    button.onclick = () => {
      said.textContent = "";
      plotly({ ...data, figure: data[size] }).then((Plotly) => save(Plotly, JSON.parse(data[size]), data, size, form))
        .catch((error) => { said.textContent = `No file was made: ${error.message}`; });
    };
  }
}

async function save(Plotly, { data, layout }, given, size, form) {
  const { file } = given, address = needed({ ...given, figure: given[size] });
  const name = size === "slide" ? `${file}_slide` : file, { width, height } = layout;
  const image = (format, scale) => Plotly.toImage({ data, layout }, { format, width, height, scale });
  const svg = async () => decodeURIComponent((await image("svg", 1)).split(/,(.*)/s)[1]);
  if (form === "png") give(await image("png", 2), `${name}.png`);
  if (form === "svg") give(await svg(), `${name}.svg`, "image/svg+xml");
  if (form === "html") give(alone(await (await fetch(address)).text(), name, { data, layout }), `${name}.html`, "text/html");
  if (form === "pdf") {
    const drawn = drawing(await svg());
    drawn.className = "alone";
    paper([drawn], `@page { size: ${Math.ceil(width)}px ${Math.ceil(height)}px; margin: 0; }`);
    const before = document.title;
    document.title = name; // what browsers call the file
    window.addEventListener("afterprint", () => { document.title = before; }, { once: true });
    window.print();
  }
}

// One page that needs nothing else; no text of a figure ends its script.
function alone(source, name, figure) {
  const made = element("title", name).outerHTML, told = JSON.stringify(figure).replaceAll("<", "\\u003c");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">${made}</head><body><div id="picture"></div><script>${source}</script>` +
    `<script>const figure = ${told}; Plotly.newPlot("picture", figure.data, figure.layout, { displaylogo: false, showSendToCloud: false });</script></body></html>`;
}

function give(content, name, type) {
  const link = element("a"), address = type ? URL.createObjectURL(new Blob([content], { type })) : content;
  link.href = address;
  link.download = name;
  link.click();
  if (type) setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
