"""python3 -m rig.service_proxy: what kube-proxy does for a ClusterIP, on a loopback address.

New connections go to the backends that are ready, in turn; connections that stand are left
alone, also when their backend is ready no longer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl

_LOOK_SECONDS = 0.5


class Backend:
    """One host:port, and whether its /readyz said so when last asked."""

    def __init__(self, endpoint: str) -> None:
        self.host, port = endpoint.rsplit(":", 1)
        self.port = int(port)
        self.is_ready = False

    async def follow(self) -> None:
        while True:
            try:
                self.is_ready = await asyncio.wait_for(self._look(), 1)
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                self.is_ready = False
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self) -> bool:
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(self.host, self.port, ssl=tls)
        try:
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return (await reader.readline()).split()[1:2] == [b"200"]
        finally:
            writer.close()


class ServiceProxy:
    def __init__(self, backends: list[Backend]) -> None:
        self._backends = backends
        self._turn = 0

    async def run(self, host: str, port: int) -> None:
        server = await asyncio.start_server(self._relay, host, port)
        await asyncio.gather(server.serve_forever(), *(one.follow() for one in self._backends))

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = [one for one in self._backends if one.is_ready]
        self._turn += 1
        try:
            if ready:
                chosen = ready[self._turn % len(ready)]
                back_reader, back_writer = await asyncio.open_connection(chosen.host, chosen.port)
                await asyncio.gather(_copy(reader, back_writer), _copy(back_reader, writer))
        except OSError:
            pass
        finally:
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        with contextlib.suppress(OSError):
            writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="rig.service_proxy", description=__doc__)
    parser.add_argument("--listen", required=True, help="host:port")
    parser.add_argument("backends", nargs="+", help="host:port of each")
    settings = parser.parse_args()
    host, port = settings.listen.rsplit(":", 1)
    proxy = ServiceProxy([Backend(endpoint) for endpoint in settings.backends])
    asyncio.run(proxy.run(host, int(port)))


if __name__ == "__main__":
    main()
