"""Composes Nodewise: the HTTP service, its settings and logs. The one package that meets the world."""
