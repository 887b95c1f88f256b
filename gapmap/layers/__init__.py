"""Descriptions of studies and layers, and raw tables made standard."""
