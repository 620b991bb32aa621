"""Certificates by openssl: EC P-256, valid for two days."""

from __future__ import annotations

import base64
import datetime
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .waiting import RigError

_AUTHORITY_EXTENSIONS = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")


@dataclass(frozen=True)
class KeyPair:
    certificate: Path
    key: Path


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a folder of its own."""

    folder: Path
    pair: KeyPair

    @staticmethod
    def make(folder: Path, name: str) -> Authority:
        folder.mkdir(parents=True)
        pair = KeyPair(folder / "ca.crt", folder / "ca.key")
        _request(pair, f"/CN={name}", _AUTHORITY_EXTENSIONS)
        return Authority(folder, pair)

    @staticmethod
    def make_aged(folder: Path, name: str, ended_days: int, left_days: int) -> Authority:
        """One that has lived for `ended_days` and has `left_days` to go."""
        young = Authority.make(folder / "young", name)
        pair = KeyPair(folder / "ca.crt", young.pair.key)
        now = datetime.datetime.now(datetime.UTC)
        since, until = (
            (now + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")
            for days in (-ended_days, left_days))
        (folder / "index").touch()
        configuration = folder / "ca.conf"
        configuration.write_text("\n".join([
            "[ca]", "default_ca = aged", "[aged]", f"database = {folder}/index",
            f"new_certs_dir = {folder}", "rand_serial = yes", "default_md = sha256",
            "policy = any", "x509_extensions = extensions", "[any]", "commonName = supplied",
            "[extensions]", *_AUTHORITY_EXTENSIONS, ""]))
        request = folder / "ca.csr"
        _openssl("req", "-new", "-key", str(pair.key), "-subj", f"/CN={name}", "-out", str(request))
        _openssl("ca", "-batch", "-config", str(configuration), "-selfsign", "-keyfile",
                 str(pair.key), "-startdate", since, "-enddate", until, "-notext", "-in",
                 str(request), "-out", str(pair.certificate))
        return Authority(folder, pair)

    @property
    def certificate(self) -> Path:
        return self.pair.certificate

    @property
    def bundle(self) -> str:
        """The certificate as `caBundle` wants it."""
        return base64.b64encode(self.certificate.read_bytes()).decode()

    def client(self, name: str, user: str, groups: Sequence[str] = ()) -> KeyPair:
        """A certificate by which `user`, a member of `groups`, is known."""
        subject = "".join(f"/O={group}" for group in groups) + f"/CN={user}"
        return self._issue(name, subject, ["extendedKeyUsage=clientAuth"])

    def server(self, name: str, hosts: Sequence[str], addresses: Sequence[str] = (),
               usage: str = "serverAuth") -> KeyPair:
        """A certificate for a server that is called `hosts` and `addresses`; with the usage
        "serverAuth,clientAuth" it can call others by it."""
        names = [f"DNS:{host}" for host in hosts] + [f"IP:{address}" for address in addresses]
        return self._issue(name, f"/CN={name}", [
            f"extendedKeyUsage={usage}", "subjectAltName=" + ",".join(names)])

    def _issue(self, name: str, subject: str, extensions: Sequence[str]) -> KeyPair:
        pair = KeyPair(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        _request(pair, subject, ["basicConstraints=critical,CA:FALSE", *extensions], self.pair)
        return pair


def make_signing_key(folder: Path, name: str) -> tuple[Path, Path]:
    """(private, public): what service account tokens are signed and checked with."""
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-out", str(private))
    _openssl("pkey", "-in", str(private), "-pubout", "-out", str(public))
    return private, public


def _request(pair: KeyPair, subject: str, extensions: Sequence[str],
             issuer: KeyPair | None = None) -> None:
    # A configuration of ours: the one of the machine would add extensions of its own.
    configuration = "\n".join(
        ["[req]", "distinguished_name = subject", "x509_extensions = extensions", "[subject]",
         "[extensions]", *extensions, ""])
    argv = ["req", "-x509", "-config", "/dev/stdin", "-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256", "-days", "2",
            "-subj", subject, "-keyout", str(pair.key), "-out", str(pair.certificate)]
    if issuer is not None:
        argv += ["-CA", str(issuer.certificate), "-CAkey", str(issuer.key)]
    _openssl(*argv, text=configuration)


def _openssl(*argv: str, text: str = "") -> None:
    done = subprocess.run(["openssl", *argv], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise RigError(f"openssl {' '.join(argv)}: {done.stderr.strip()}")
