"""Where does it go, and how is it drawn?  Layouts in abstract units, and the figures that Plotly makes of them."""
