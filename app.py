"""The Streamlit app: ``streamlit run app.py``."""

from resnet_viz.ui.main import main

main()
