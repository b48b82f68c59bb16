"""The outside world beside the store: papers as PDF and the public pages."""
