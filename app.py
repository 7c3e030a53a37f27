"""The Streamlit app: ``streamlit run app.py``."""

from streamlit import App

from resnet_viz.ui import chunks, headers, origins, server, shell

app = App(
    server.MAIN,
    routes=server.ROUTES,
    middleware=(*headers.MIDDLEWARE, *origins.MIDDLEWARE, *shell.MIDDLEWARE, *chunks.MIDDLEWARE),
    lifespan=server.warm,
)
