"""Loadcurve with a certificate that is given to it, as cert-manager gives one."""

from __future__ import annotations

import base64
import shutil
import ssl

from rig.certificates import Authority
from rig.waiting import wait_for

from .installation import API_SERVICE, DEPLOY, Installation, Replica
from .loop_test_case import PROFILE, ROOT, LoopTestCase

_HOST = "loadcurve.loadcurve.svc"


class GivenCertificate(LoopTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.start_cluster()
        cls.folder = cls.cluster.scratch.path("given")
        cls.folder.mkdir()
        cls.authority = cls.make_authority("first")
        cls.give(cls.authority)
        paths = [f"--tls-{what}={cls.folder / name}" for what, name in (
            ("certificate", "tls.crt"), ("key", "tls.key"), ("ca", "ca.crt"))]
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url, replicas=2,
                                        extra=paths)
        cls.inject(cls.authority)
        cls.installation.wait_until_available()
        cls.apply_with_hpa(PROFILE)

    def test_it_is_served_and_followed_as_it_is_renewed(self) -> None:
        load = self.steady(6, 300)
        wait_for("the metric", lambda: self.metric("loadcurve-load") is not None, 60)
        before = {one.name: self.shown_by(one) for one in self.installation.replicas}
        self.assertEqual(len(set(before.values())), 1)
        self.assertEqual(self.bundle().count("BEGIN CERT"), 1, "the injector's is left alone")
        renewed = self.make_authority("renewed")
        self.inject(self.authority, renewed)
        self.give(renewed, also=self.authority)
        for one in self.installation.replicas:
            # Files are looked at once a minute.
            wait_for(f"{one.name} to serve with it",
                     lambda one=one: self.shown_by(one) != before[one.name], 90, 1)
        self.inject(renewed)
        for _ in range(20):  # by both, in turn
            self.cluster.kubectl(
                "get", "--raw", f"{ROOT}/loadcurve-load?labelSelector=scalingprofile=web")
        self.assertTrue(self.installation.is_available())
        self.assertEqual(self.bundle(), renewed.certificate.read_text())
        load.component.kill()

    def test_the_component_for_cert_manager_is_whole(self) -> None:
        overlay = self.cluster.scratch.path("overlay")
        shutil.copytree(DEPLOY, overlay / "deploy")
        (overlay / "kustomization.yaml").write_text(
            "resources: [deploy/manifests]\ncomponents: [deploy/cert-manager]\n")
        text = self.cluster.kubectl("kustomize", str(overlay))
        self.assertIn("--tls-certificate=/etc/loadcurve/tls/tls.crt", text)
        self.assertIn("secretName: loadcurve-tls", text)
        self.assertIn("cert-manager.io/inject-ca-from: loadcurve/loadcurve-tls", text)
        # A cluster without cert-manager takes the rest of it.
        ours = "\n---\n".join(one for one in text.split("\n---\n")
                              if "apiVersion: cert-manager.io" not in one)
        self.cluster.kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server",
                             "--filename=-", text=ours)

    @classmethod
    def make_authority(cls, name: str) -> Authority:
        return Authority.make(cls.cluster.scratch.path("certificates", name), name)

    @classmethod
    def give(cls, authority: Authority, also: Authority | None = None) -> None:
        """Puts a new certificate where it is read."""
        leaf = authority.server("loadcurve", [_HOST])
        texts = {"ca.crt": "".join(one.certificate.read_text()
                                   for one in (authority, also) if one),
                 "tls.key": leaf.key.read_text(), "tls.crt": leaf.certificate.read_text()}
        for name, text in texts.items():
            (cls.folder / name).write_text(text)

    @classmethod
    def inject(cls, *authorities: Authority) -> None:
        """Into the APIService, as cert-manager's injector would."""
        text = "".join(one.certificate.read_text() for one in authorities)
        bundle = base64.b64encode(text.encode()).decode()
        cls.cluster.kubectl("patch", "apiservice", "v1beta1.external.metrics.k8s.io",
                            "--type=merge", f'--patch={{"spec":{{"caBundle":"{bundle}"}}}}')

    def bundle(self) -> str:
        spec = self.cluster.api.get(API_SERVICE)["spec"]
        return base64.b64decode(spec["caBundle"]).decode()

    @staticmethod
    def shown_by(replica: Replica) -> str:
        host, port = replica.endpoint.rsplit(":", 1)
        return ssl.get_server_certificate((host, int(port)))
