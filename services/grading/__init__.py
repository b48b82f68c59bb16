"""Grading: what the learning platform saw, judged by versioned rules."""
