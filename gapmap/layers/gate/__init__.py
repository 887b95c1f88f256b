"""The import gate for site lists, part by part; :mod:`gapmap.layers.sites` puts them together."""
