"""One file a page. Not called ``pages``: Streamlit takes a folder of that name beside the script for its own."""
