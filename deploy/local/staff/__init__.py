"""The sample staff: they set the course up, give verdicts, make and approve lists, through the API like anyone else."""
