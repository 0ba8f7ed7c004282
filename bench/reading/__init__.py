"""ENGINES + PICTURES -> FIGURES: what is read, what is read wrongly, and how long it takes, side by side in one run."""
