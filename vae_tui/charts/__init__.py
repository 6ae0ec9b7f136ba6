"""Charts as plain frozen values: each draws itself as terminal cells or as pixels, and says in words what it shows."""
