"""From a stranger's bytes to pixels."""
