"""The Streamlit app: ``streamlit run app.py``."""

from streamlit import App

from resnet_viz.ui import origins, server, shell

app = App(
    server.MAIN,
    routes=server.ROUTES,
    middleware=(*origins.MIDDLEWARE, *shell.MIDDLEWARE),
    lifespan=server.warm,
)
