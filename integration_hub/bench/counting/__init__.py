"""Database backends that count their statements, for the figure "queries per order" and for nothing else."""
