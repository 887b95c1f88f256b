"""A study of any county or state, fetched: asked for, put together, and put in its place.

The flow, module by module: ``request`` (what is asked) -> ``counties`` (which ones that means) ->
``downloads`` with ``blocks`` (everything asked of the services, side by side by ``errands``) ->
``need``, ``points``, ``places`` and ``site_list`` (tables, pure; ``tables`` says which published
cells make which figure) -> ``assemble`` and ``describe`` (layers, each with where it is from) ->
``folder`` (written whole, or not at all). ``fetch`` runs it.
"""

from gapmap.sources.fetching.fetch import fetch_study
from gapmap.sources.fetching.request import Fetched, FetchRequest, Progress, Services

__all__ = ["FetchRequest", "Fetched", "Progress", "Services", "fetch_study"]
