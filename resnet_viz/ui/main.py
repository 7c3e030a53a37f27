"""The page list."""

from __future__ import annotations

import streamlit as st

import resnet_viz as rv
from resnet_viz.picture.figures.palette import ON_ACCENT, PAPER
from resnet_viz.steps import Pair
from resnet_viz.ui import editor, links, parts
from resnet_viz.ui.controls import DEFAULT, SIZES
from resnet_viz.ui.screens import breaks, compare, explore, inside, learn, model, networks, weights
from resnet_viz.ui.turns import turn

# Streamlit writes white on the accent, which in dark is light, so that links and marks can be read. Both follow the page's
# colours by themselves, which change without a run where a machine goes dark in the evening.
_STYLE = f"""<style>
.stApp button[data-testid^="stBaseButton-primary"] {{ color: light-dark({PAPER["light"]}, {ON_ACCENT}); }}
.meaning {{ background: light-dark({PAPER["light"]}, {PAPER["dark"]}); }}
@media (max-width: 640px) {{ .st-key-card {{ background: light-dark({PAPER["light"]}, {PAPER["dark"]}); }} }}
</style>"""


def main() -> None:
    """Run the page that the address names."""
    st.set_page_config(page_title="ResNet Viz", page_icon="🧱", layout="wide")
    st.html(_STYLE)  # the rest stands in frontend/page.css; colours stand in the palette
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
        st.Page(inside.page, title="Inside", url_path="inside"),
        st.Page(compare.page, title="Compare", url_path="compare"),
        st.Page(model.page, title="Your model", url_path="model"),
        st.Page(breaks.page, title="Break it", url_path="break"),
        st.Page(networks_page, title="Networks", url_path="networks"),
        st.Page(weights_page, title="Check weights", url_path="weights"),
    ]
    with turn(), links.one_entry():
        st.navigation(pages, position="top").run()
    links.remember()
    parts.finish()


if __name__ == "__main__":
    main()
