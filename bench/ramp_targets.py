"""Services that a ramp is tried on: nginx that compresses, Node.js that calculates, serve-sample.

Each has one worker on one CPU, the last of the machine; what loads it is to run on the others. Each
has two or three routes, and writes a log of its requests. `with target.running() as port` runs it.
"""
import contextlib
import glob
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import time

TARGET_CPU = (os.cpu_count() or 1) - 1
LOAD_CPUS = ",".join(str(cpu) for cpu in range(TARGET_CPU)) or "0"

NODE_SERVICE = r"""
const http = require("http"), fs = require("fs");
const log = fs.createWriteStream(process.argv[3]);
const rounds = {"/render": 18, "/sum": 6, "/lookup": 1.5};
function burn(n) { let x = 1; for (let i = 0; i < n * 60000; ++i) x = (x * 31 + 7) % 1000003; return x; }
http.createServer((request, response) => {
  const start = Date.now(), begun = process.hrtime.bigint();
  globalThis.sink = burn(rounds[request.url] || 0);
  const done = () => { response.end("ok");
    log.write(JSON.stringify({ts: start / 1000, took: Number(process.hrtime.bigint() - begun) / 1e9, verb: "GET",
                              url: request.url, code: 200}) + "\n"); };
  if (request.url === "/lookup") setTimeout(done, 4); else done();
}).listen(Number(process.argv[2]), "127.0.0.1");
"""


def on_load_cpus(command):
    return ["taskset", "-c", LOAD_CPUS, *command]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Target:
    name = ""
    program = ""
    shares = {}  # of the routes in the log; whole numbers
    headers = {}
    tells_port = False  # on standard output, instead of taking it
    log_options = []  # how loadcurve reads the log that the service writes

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.pid = 0
        self.own_log = self.folder / f"{self.name}.own.log"

    def command(self, port):
        raise NotImplementedError

    @classmethod
    def path_of_program(cls):
        return shutil.which(cls.program, path=os.environ.get("PATH", "") + ":/usr/sbin")

    @contextlib.contextmanager
    def running(self):
        port = free_port()
        with open(self.folder / f"{self.name}.err", "w", encoding="utf-8") as errors:
            server = subprocess.Popen(["taskset", "-c", str(TARGET_CPU), *self.command(port)],
                                      stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            self.pid = server.pid
            if self.tells_port:
                port = int(server.stdout.readline().split()[-1])
            self._wait_for(port, server)
            yield port
        finally:
            server.terminate()
            server.wait()

    def _wait_for(self, port, server):
        for _ in range(100):
            if server.poll() is not None:
                sys.exit(f"{self.name} did not start: {(self.folder / (self.name + '.err')).read_text()}")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            time.sleep(0.05)
        sys.exit(f"{self.name} does not listen")

    def cpu_seconds(self):
        """Of the process, its threads and its children, so far."""
        return self._scheduled(0)

    def waited_seconds(self):
        """For which these were ready to run and had no CPU."""
        return self._scheduled(1)

    def _scheduled(self, field):
        pids = [str(self.pid)]
        for pid in pids:
            for children in glob.glob(f"/proc/{pid}/task/*/children"):
                pids += pathlib.Path(children).read_text().split()
        nanoseconds = 0
        for pid in pids:
            for stat in glob.glob(f"/proc/{pid}/task/*/schedstat"):
                nanoseconds += int(pathlib.Path(stat).read_text().split()[field])
        return nanoseconds / 1e9

    def write_log(self):
        """A log in which the routes have their shares, and the mapping that adds the headers."""
        routes = [route for route, share in self.shares.items() for _ in range(share)]
        log = self.folder / f"{self.name}.log"
        log.write_text("".join(
            f"10.0.0.9 - - [10/Oct/2026:13:{i // 60 % 60:02}:{i % 60:02} +0000] "
            f'"GET {routes[i % len(routes)]} HTTP/1.1" 200 6 "-" "agent" 0.010\n'
            for i in range(100 * len(routes))))
        arguments = [str(log)]
        if self.headers:
            fields = ", ".join(f"{name}: {value}" for name, value in self.headers.items())
            mapping = self.folder / f"{self.name}.map.yaml"
            mapping.write_text(f"requests:\n  - match: '.'\n    headers: {{{fields}}}\n")
            arguments += ["--map", str(mapping)]
        return arguments


class Nginx(Target):
    """Static text, compressed anew for each request."""
    name = "nginx"
    program = "nginx"
    shares = {"/large.txt": 1, "/small.txt": 1}
    headers = {"Accept-Encoding": "gzip"}
    log_options = ["--format", '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                   '"$http_referer" "$http_user_agent" $msec $request_time']

    def command(self, port):
        chance = random.Random(7)
        words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(2000)]
        for name, size in (("large.txt", 100_000), ("small.txt", 25_000)):
            (self.folder / name).write_text(" ".join(chance.choices(words, k=size // 6))[:size])
        (self.folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log stderr crit;\n"
            "events { worker_connections 4096; }\n"
            "http { log_format timed '" + self.log_options[1] + "';\n"
            f"  access_log {self.own_log} timed; keepalive_requests 100000000; types {{ text/plain txt; }}\n"
            "  gzip on; gzip_types text/plain; gzip_comp_level 6; gzip_min_length 1;\n"
            f"  server {{ listen 127.0.0.1:{port}; root {self.folder}; }} }}\n")
        self.folder.chmod(0o755)
        return [self.path_of_program(), "-c", str(self.folder / "nginx.conf")]


class Node(Target):
    name = "node"
    program = "node"
    shares = {"/render": 1, "/sum": 2, "/lookup": 3}
    log_options = ["--fields", "start=ts:s,duration=took:s,method=verb,path=url,status=code"]

    def command(self, port):
        script = self.folder / "service.js"
        script.write_text(NODE_SERVICE)
        return [self.path_of_program(), str(script), str(port), str(self.own_log)]


class Sample(Target):
    """`loadcurve serve-sample`; `program` is to be set to the binary."""
    name = "serve-sample"
    tells_port = True
    shares = {"/cheap": 1, "/medium": 1}
    log_options = Nginx.log_options

    def command(self, port):
        return [self.program, "serve-sample", "--workers", "1", "--access-log", str(self.own_log)]


TARGETS = {target.name: target for target in (Nginx, Node, Sample)}
