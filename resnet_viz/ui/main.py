"""The page list."""

import streamlit as st

from resnet_viz.ui.pages import explore


def main() -> None:
    """Run the page that the address names."""
    st.set_page_config(page_title="ResNet Viz", page_icon="🧱", layout="wide")
    st.navigation([st.Page(explore.page, title="Explore", default=True)], position="top").run()


if __name__ == "__main__":
    main()
