"""A real control plane for the end-to-end tests; `Cluster` is where to start reading."""

from .binaries import Skipped
from .cluster import Cluster, condition
from .component import Component
from .controlplane import Options
from .process_node import ON_PROCESS_NODE
from .traffic import LoadPoint, Request, share_within
from .waiting import NotYet, RigError, TooLate, holds_for, wait_for

__all__ = ["ON_PROCESS_NODE", "Cluster", "Component", "LoadPoint", "NotYet", "Options", "Request",
           "RigError", "Skipped", "TooLate", "condition", "holds_for", "share_within", "wait_for"]
