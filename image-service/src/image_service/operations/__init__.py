"""One module per operation: a pure function of a decoded image."""
