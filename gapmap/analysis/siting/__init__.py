"""Where to open next: models of siting, exact where they can be.

From a question to an answer: ``demand`` and ``hosts`` say who and where, ``ground`` who reaches
whom, ``search`` hands that to the models (``exact``, ``smallest``, ``medians``, ``centers``,
``capacities``), and ``explain`` says why. ``proposal`` puts them in a row.
"""
