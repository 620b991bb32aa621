"""CapacityOrders on a real API server: what it refuses is what orders stand on."""

from __future__ import annotations

import unittest

from rig import Cluster
from rig.api import ApiError, Object

from .installation import DEPLOY

_ORDERS = "/apis/loadcurve.dev/v1alpha1/capacityorders"


def _order(name: str, **spec: object) -> Object:
    return {"apiVersion": "loadcurve.dev/v1alpha1", "kind": "CapacityOrder",
            "metadata": {"name": name}, "spec": {"pool": "spot-a", "nodes": 10, **spec}}


class Orders(unittest.TestCase):
    cluster: Cluster

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster())
        cls.cluster.kubectl.apply(DEPLOY / "crds" / "capacityorders.yaml")
        cls.cluster.kubectl("wait", "--for=condition=Established",
                            "crd/capacityorders.loadcurve.dev", "--timeout=30s")

    def tearDown(self) -> None:
        self.cluster.kubectl("delete", "co", "--all")

    def _refused(self, code: int, method: str, path: str, thing: Object) -> str:
        with self.assertRaises(ApiError) as raised:
            getattr(self.cluster.api, method)(path, thing)
        self.assertEqual(raised.exception.code, code)
        return raised.exception.message

    def test_of_two_leaders_one_writes_a_number(self) -> None:
        self.cluster.api.create(_ORDERS, _order("spot-a-1", number=1, term=3))
        self._refused(409, "create", _ORDERS, _order("spot-a-1", number=1, term=4))
        message = self._refused(422, "create", _ORDERS, _order("spot-a-7", number=1))
        self.assertIn("the name must end with the number", message)

    def test_an_order_never_changes(self) -> None:
        created = self.cluster.api.create(_ORDERS, _order("spot-a-1", number=1))
        self.assertEqual(created["metadata"]["generation"], 1)
        message = self._refused(422, "merge", f"{_ORDERS}/spot-a-1", {"spec": {"nodes": 11}})
        self.assertIn("an order never changes", message)

    def test_what_came_of_it_is_written_once_on_what_was_read(self) -> None:
        created = self.cluster.api.create(_ORDERS, _order("spot-a-1", number=1))
        version = created["metadata"]["resourceVersion"]
        settled = {"metadata": {"resourceVersion": version},
                   "status": {"stage": "Settled", "nodes": ["i-1"], "held": 1, "whyMissing": ""}}
        path = f"{_ORDERS}/spot-a-1/status"
        self.assertEqual(self.cluster.api.merge(path, settled)["status"]["nodes"], ["i-1"])
        self._refused(409, "merge", path, settled)
        message = self._refused(422, "merge", path, {"status": {"stage": "Intended"}})
        self.assertIn("stays known", message)

    def test_an_order_of_found_nodes_is_for_just_these(self) -> None:
        message = self._refused(422, "create", _ORDERS,
                                _order("spot-a-1", number=1, found=["i-1"]))
        self.assertIn("just these", message)
        self.cluster.api.create(_ORDERS, _order("spot-a-1", number=1, nodes=1, found=["i-1"]))
