"""The API reference at /docs, from files of our own: nothing is loaded from another host."""
