"""Siting: what bars a place, what makes one better, by how much, and which project goes where. Pure."""
