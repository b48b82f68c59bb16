"""Rules of the reports: what a seat counts for and when, and where in the tree it counts."""
