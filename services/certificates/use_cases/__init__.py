"""What certificates does: takes passes, issues numbers, draws papers, replaces and revokes."""
