"""Prove erasure in a house of its own: `intramuros privacy selftest`.

proving     the story: plant, back up, erase, purge, restore, and look for what was planted after each
planting    a canary in every store that the inventory names;  canaries  what and where they are
looking     through every route, in every row, in every byte
temporary   the house;  stand_ins  for its models
told        the report to be filed
"""
