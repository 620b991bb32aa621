"""AWS EC2 as moto answers for it, and the instances that it sells as nodes of the cluster."""

from __future__ import annotations

import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

from . import binaries
from .api import Object
from .cluster import Cluster
from .fetching import answers
from .sold_nodes import SoldNode, SoldNodes

REGION = "us-east-1"
CLUSTER = "rig"  # the tag of instances that are ours
# moto believes everyone.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "rig", "AWS_SECRET_ACCESS_KEY": "rig"}
_CREDENTIAL = f"AWS4-HMAC-SHA256 Credential=rig/20260101/{REGION}/ec2/aws4_request"


class Ec2:
    """An instance is a node as soon as it runs. `zones` are those of the pools. What moto does not
    do: it knows no ClientToken, and takes no instance away."""

    def __init__(self, cluster: Cluster, zones: Mapping[str, str], cpu: int = 4) -> None:
        address = cluster.addresses.component(40)
        port = cluster.addresses.free_port(address)
        self._url = f"http://{address}:{port}/"
        self.component = cluster.run(
            "moto", [str(binaries.moto()), "-H", address, "-p", str(port)],
            answers(f"{self._url}moto-api/data.json"))
        template = self.ask("CreateLaunchTemplate", {
            "LaunchTemplateName": "nodes", "LaunchTemplateData.ImageId": "ami-12c6146b"})
        self._template = _texts(template, "launchTemplateId")[0]
        subnets = self.ask("DescribeSubnets", {})
        self._subnets = dict(zip(_texts(subnets, "availabilityZone"), _texts(subnets, "subnetId"),
                                 strict=True))
        self._sold = SoldNodes(cluster, "aws", zones, cpu, self.nodes)

    def close(self) -> None:
        self._sold.close()

    @property
    def provider(self) -> Object:
        """How a CapacityProfile names it."""
        return {"aws": {"region": REGION, "cluster": CLUSTER, "launchTemplate": self._template,
                        "subnets": self._subnets, "endpoint": self._url}}

    def nodes(self) -> list[SoldNode]:
        return [SoldNode(_text(one, "instanceId"), _tags(one)["loadcurve.dev/pool"],
                         _text(one, "instanceState", "name") == "running")
                for one in self.instances()]

    def ids(self, pool: str) -> list[str]:
        return [node.id for node in self.nodes() if node.pool == pool]

    def instances(self) -> list[ElementTree.Element]:
        """That are pending or running."""
        answer = self.ask("DescribeInstances", {
            "Filter.1.Name": "instance-state-name", "Filter.1.Value.1": "pending",
            "Filter.1.Value.2": "running"})
        return answer.findall("reservationSet/item/instancesSet/item")

    def zone_of(self, instance: str) -> str:
        answer = self.ask("DescribeInstances", {"InstanceId.1": instance})
        return _texts(answer, "placement/availabilityZone")[0]

    def terminate(self, instance: str) -> None:
        """As AWS does two minutes after its notice."""
        self.ask("TerminateInstances", {"InstanceId.1": instance})

    def ask(self, action: str, parameters: Mapping[str, str]) -> ElementTree.Element:
        body = urllib.parse.urlencode({"Action": action, "Version": "2016-11-15", **parameters})
        request = urllib.request.Request(self._url, body.encode(), {"Authorization": _CREDENTIAL})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return _without_namespaces(ElementTree.fromstring(answer.read()))


def _without_namespaces(root: ElementTree.Element) -> ElementTree.Element:
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _texts(root: ElementTree.Element, path: str) -> list[str]:
    return [element.text or "" for element in root.findall(f".//{path}")]


def _text(root: ElementTree.Element, *path: str) -> str:
    return root.findtext("/".join(path), "")


def _tags(instance: ElementTree.Element) -> dict[str, str]:
    return {_text(tag, "key"): _text(tag, "value") for tag in instance.findall("tagSet/item")}
