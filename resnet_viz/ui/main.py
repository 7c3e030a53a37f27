"""The page list."""

from __future__ import annotations

import streamlit as st

import resnet_viz as rv
from resnet_viz.picture.figures.palette import ON_ACCENT, PAPER
from resnet_viz.steps import Pair
from resnet_viz.ui import editor, links, viewing
from resnet_viz.ui.controls import DEFAULT, SIZES
from resnet_viz.ui.screens import breaks, compare, explore, learn, model, networks, weights

_STYLE = """<style>
.stMainBlockContainer { padding: 4rem 1.5rem 2rem; }
.stMainBlockContainer > div > [data-testid="stVerticalBlock"] { gap: 0.6rem; }
/* ResNet-34's at 224 px: a change of input moves nothing below, nor do the hooks while they run */
.st-key-diagram { min-height: 23.5rem; }
.st-key-confirmed { min-height: 1.7rem; }
.st-key-adapt_table { overflow-x: auto; } /* wider than a phone */
.stMainBlockContainer :is(h1, h2) { padding: 0 0 0.6rem; }
[data-testid="stPopoverBody"] {
  width: min(50rem, 94vw); max-width: none !important; max-height: max(20rem, calc(100vh - 12.5rem)) !important;
}
@media (min-width: 1101px) {
  /* beside the pages' names, where there is room: the picture begins that much higher */
  .stMainBlockContainer h1 {
    position: fixed; top: 1.15rem; right: 1.5rem; z-index: 999991; padding: 0; font-size: 1.05rem;
  }
  .st-key-stand_card { max-height: 46rem; overflow-y: auto; }
  .st-key-card :is(p, li) { font-size: 0.9rem; }
  .st-key-card ul { padding-left: 0; }
}
@media (min-width: 1200px) { /* where totals, a remedy and the number of findings have a line's room */
  .st-key-status { flex-wrap: nowrap; height: 2.5rem; min-height: 2.5rem; overflow: hidden; }
  .st-key-status > * { flex-shrink: 0; }
  .st-key-status p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  .st-key-status > :has(.st-key-worst) { flex: 0 1 auto !important; min-width: 5rem; width: auto; overflow: hidden; }
  .st-key-worst, .st-key-worst * { min-width: 0; max-width: 100%; }
}
@media (max-width: 1100px) {
  .stMainBlockContainer { padding: 4rem 0.75rem 2rem; }
  .st-key-stand { flex-direction: column; }
  .st-key-stand_card { width: 100% !important; }
}
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 3.6rem 0.8rem 1rem; }
  .stMainBlockContainer h1 { font-size: 1.05rem; }
  /* a line each, which scrolls: the picture stands on the first screen */
  .st-key-controls, .st-key-status, .st-key-view { flex-wrap: nowrap; overflow-x: auto; scrollbar-width: none; }
  .st-key-controls > *, .st-key-status > *, .st-key-view > * { flex-shrink: 0 !important; }
  .st-key-net { width: 11rem !important; flex: 0 0 11rem !important; }
  .st-key-status p { white-space: nowrap; }
  .st-key-card {
    position: fixed; inset: auto 0 0 0; z-index: 999980; max-height: 38vh; overflow-y: auto; width: 100% !important;
    border-radius: 12px 12px 0 0; box-shadow: 0 -4px 16px rgba(0, 0, 0, 0.25);
  }
}
</style>"""

# Streamlit writes white on the accent, which in dark is light, so that links and marks can be read.
_DARK = f"""<style>
button[data-testid^="stBaseButton-primary"] {{ color: {ON_ACCENT}; }}
</style>"""


def main() -> None:
    """Run the page that the address names."""
    st.set_page_config(page_title="ResNet Viz", page_icon="🧱", layout="wide")
    theme = viewing.theme()
    sheet = f"<style>@media (max-width: 640px) {{ .st-key-card {{ background: {PAPER[theme]}; }} }}</style>"
    st.html(_STYLE + sheet + (_DARK if theme == "dark" else ""))
    front = st.Page(explore.page, title="Explore", default=True)

    def open_network(name: str, size: Pair | None = None) -> None:
        """Show a network of the catalogue in Explore, as published, at ``size`` or at its own input."""
        state = st.session_state
        side = size or (rv.entry(name).input_size,) * 2
        own = side[0] != side[1] or str(side[0]) not in SIZES
        query = {"net": name, "size": "own" if own else str(side[0])}
        if own:
            query["hw"] = f"{side[0]}x{side[1]}"
        links.forget("explore")
        for key in ("step", "family_chart", "family_table"):
            state.pop(key, None)
        # the edits of the network left behind come back with it; this one is shown as published
        editor.network_changed(state.get("network_before", DEFAULT), name)
        state.pop("edits")
        state["network_before"] = name
        state.update(stem="published", shortcut="published")
        st.switch_page(front, query_params=query)

    def networks_page() -> None:
        networks.page(open_network)

    def weights_page() -> None:
        weights.page(open_network)

    links.keep()
    pages = [
        front,
        st.Page(learn.page, title="Learn", url_path="learn"),
        st.Page(compare.page, title="Compare", url_path="compare"),
        st.Page(model.page, title="Your model", url_path="model"),
        st.Page(breaks.page, title="Break it", url_path="break"),
        st.Page(networks_page, title="Networks", url_path="networks"),
        st.Page(weights_page, title="Check weights", url_path="weights"),
    ]
    st.navigation(pages, position="top").run()
    links.remember()


if __name__ == "__main__":
    main()
