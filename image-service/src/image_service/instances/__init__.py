"""The pool of children that analyse: `pool` asks, `forkserver` forks, `child` answers."""
