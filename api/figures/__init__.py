"""Figures made on the server as SVG text: for pages, notebooks and documents alike."""
