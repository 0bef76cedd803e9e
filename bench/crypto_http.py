"""What encrypting costs over HTTP: two servers over the same town, one with keys and one without, asked in turns."""

from __future__ import annotations

from bench import http
from bench.figures import show, workplace
from bench.http import Client, cpu, sign_ups, typical

ROUNDS = 15
FILES = 20
"""Files opened in a round: the act that encrypts most, and the only one that makes a key."""


def run() -> None:
    """Print crypto.signup and crypto.file: a sign-up and a new person's file, with keys against without (at most 1.2)."""
    with workplace() as directory:
        sealed, clear = directory / "sealed", directory / "clear"
        http.furnish(sealed)
        http.furnish(clear, clear=True)
        with http.server("ours", str(sealed)) as ours, http.server("clear", str(clear)) as other:
            measure(ours, other)


def measure(ours: int, other: int) -> None:
    """Ask both servers in turns; the first of each pair changes from round to round."""
    workers = Client(ours), Client(other)
    tokens = [worker.sign_in("worker01", "/people/new") for worker in workers]
    both = list(zip(workers, tokens, strict=True))
    for name, work in (("crypto.signup", signed_up), ("crypto.file", opened)):
        rounds = []
        for number in range(ROUNDS):
            turns = both if number % 2 else both[::-1]
            costs = [work(worker, token, number) for worker, token in turns]
            rounds.append((costs[0], costs[1]) if number % 2 else (costs[1], costs[0]))
        with_keys, without = typical(rounds)
        show(name, 1000 * with_keys, 1000 * without, "ms CPU", with_keys / without, budget=1.2)


def signed_up(worker: Client, _token: str, number: int) -> float:
    """Seconds of CPU for a sign-up."""
    return sign_ups(worker, number)


def opened(worker: Client, token: str, number: int) -> float:
    """Seconds of CPU for a new file with a name, a phone number and a note."""
    before = cpu(worker)
    for one in range(FILES):
        told = {"name": f"职工{number}之{one}", "phone": "13800000000", "note": "会剪发，周末有空", "over": "18"}
        worker.post("/people", csrf_token=token, **told)
    return (cpu(worker) - before) / FILES
