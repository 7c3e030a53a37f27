"""The Streamlit app: ``streamlit run app.py``."""

from streamlit import App

from resnet_viz.ui.origins import MIDDLEWARE
from resnet_viz.ui.server import MAIN, ROUTES, warm

app = App(MAIN, routes=ROUTES, middleware=MIDDLEWARE, lifespan=warm)
