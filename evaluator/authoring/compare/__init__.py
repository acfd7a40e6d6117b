"""Packs side by side: what differs by meaning, what became stricter, which branches move and why."""
