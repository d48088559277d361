"""Hold the house to its promises: one file a module, plus walks and gates that cross it."""
