"""bandit's own checks, run over the tree that is there already: the same findings without a second parse.

Nothing of bandit is imported before its checks are asked for.
"""
