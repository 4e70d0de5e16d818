"""Part 1: backpropagation through a small network, derived, computed and delivered."""
