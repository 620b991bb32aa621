"""Proofs that the rig does what the end-to-end tests rely on: `python3 -m rig.selftest`."""
