"""The app. The only place for Streamlit; pages call the public names and never compute."""
