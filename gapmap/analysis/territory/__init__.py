"""Who takes what: areas divided among partners, each territory in one piece and of one size.

From a question to an answer: ``graph`` says who borders on whom, ``layout`` turns a study and a
request into the numbers of a ``problem``; ``cores``, ``seats`` and ``start`` make a first
division, ``moves`` and ``search`` improve it step by step; ``infeasible`` says which wishes
contradict each other, ``measures`` and ``account`` how good a division is. ``division`` puts them
in a row; ``edits`` is the same map painted by hand.
"""
