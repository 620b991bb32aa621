"""A node whose pods are real processes: a kubelet without containers.

Run as `python3 -m rig.node`; see `rig.process_node` for how an instance starts one.
"""
