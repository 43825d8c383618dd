"""CETM-Geo: what mining concessions for energy transition minerals touch on the ground.

Floors; each module may import only from those above it (tests/test_house.py):

F0  errors, measure, model, resources, version, vocabulary
F1  formats, tables, words, profiles, catalog
F2  readers, store
F3  shapes, normalize, overlay
F4  indicators
F5  screening, export
F6  pipeline
F7  web, dashboard, serving, cli
"""
