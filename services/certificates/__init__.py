"""Certificates: numbers in a gap-free register, papers drawn once, and their public verification."""
