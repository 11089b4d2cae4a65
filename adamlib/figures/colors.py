"""The colours of the figures, by name: readable on light and on dark."""

INK = "#010203"  # replaced by the page's text colour
COLORS = {
    "blue": "#1f77b4",
    "red": "#d1495b",
    "green": "#3a8f5c",
    "violet": "#8f6bc1",
    "orange": "#c8641a",
    "teal": "#1b8a94",
    "grey": "#7d838b",
    "indigo": "#5b6fd6",
}
