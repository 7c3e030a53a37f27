"""Many people at once on one server: real sessions over Streamlit's own websocket protocol."""
