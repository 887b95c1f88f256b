"""Layers that browsers may fetch, by digest: the hand-over from the pages to the routes.

Held in memory only and bounded; a page publishes what its map needs in every run, so that a
layer pushed out by newer ones comes back with the next change.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gapmap.views.layers import LayerFile

__all__ = ["find", "publish"]

_LAYERS_AT_MOST: Final = 256

_layers: OrderedDict[str, LayerFile] = OrderedDict()
_lock = threading.Lock()


def publish(layer: LayerFile) -> str:
    """Make a layer available; return its address relative to the server's base path."""
    with _lock:
        _layers[layer.digest] = layer
        _layers.move_to_end(layer.digest)
        while len(_layers) > _LAYERS_AT_MOST:
            _layers.popitem(last=False)
    return f"gapmap/layers/{layer.digest}.json"


def find(digest: str) -> LayerFile | None:
    """Return a published layer, or None."""
    with _lock:
        return _layers.get(digest)
