"""A step test that shares nothing with the load generator of `loadcurve replay`.

An open loop over epoll: requests come at random (Poisson), whether the ones before are answered or
not, on connections that are kept alive; a latency counts from the moment at which the request was
due. It does little for a request, since a busy client slows a service on the same core.
"""
import random
import select
import socket
import time

TIME_OUT = 5.0


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), TIME_OUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.due = 0.0
        self.answer = b""

    def ask(self, due, request):
        self.due = due
        self.answer = b""
        self.socket.sendall(request)

    def is_answered(self):
        """After there is something to read; ConnectionError where that is no good answer."""
        self.answer += self.socket.recv(1 << 20)
        head, ended, body = self.answer.partition(b"\r\n\r\n")
        if not self.answer.startswith(b"HTTP/1.1 200"[:len(self.answer)]) or not self.answer:
            raise ConnectionError(head)
        if not ended:
            return False
        fields = head.lower()
        if b"transfer-encoding: chunked" in fields:
            return body.endswith(b"0\r\n\r\n")
        return len(body) >= int(fields.partition(b"content-length:")[2].split()[0])


class Load:
    def __init__(self, port, requests, seed):
        self.port = port
        self.requests = requests
        self.chance = random.Random(seed)
        self.poll = select.epoll()
        self.busy, self.idle, self.latencies = {}, [], []

    def send(self, due):
        if self.idle:
            connection = self.idle.pop()
        else:
            connection = Connection(self.port)
            self.poll.register(connection.socket, select.EPOLLIN)
        connection.ask(due, self.chance.choice(self.requests))
        self.busy[connection.socket.fileno()] = connection

    def receive(self, timeout):
        for number, _ in self.poll.poll(max(0.0, timeout)):
            connection = self.busy.get(number)
            if connection is None:
                continue
            try:
                if connection.is_answered():
                    self.latencies.append(time.monotonic() - connection.due)
                    self.idle.append(self.busy.pop(number))
            except OSError:
                self.latencies.append(float("inf"))
                self.poll.unregister(number)
                self.busy.pop(number).socket.close()

    def close(self):
        for connection in [*self.busy.values(), *self.idle]:
            connection.socket.close()
        self.poll.close()


def hold(port, requests, rate, seconds, seed):
    """The rate that came about, a second; the latencies in s, without an end where no answer came."""
    load = Load(port, requests, seed)
    began = due = time.monotonic()
    asked = 0
    while (due := due + load.chance.expovariate(rate)) < began + seconds:
        while (now := time.monotonic()) < due:
            load.receive(due - now)
        load.send(due)
        asked += 1
    while load.busy and time.monotonic() < began + seconds + TIME_OUT:
        load.receive(0.1)
    latencies = load.latencies + [float("inf")] * len(load.busy)
    load.close()
    return asked / seconds, latencies
