"""Circuits in words: what stands still, since when, why, and what an operator can do about it."""

from __future__ import annotations

from collections.abc import Sequence

from store.records.circuits import Circuit
from store.records.lazy_text import AnyText, lazy_ngettext


def describe_circuit(circuit: Circuit) -> str:
    """What it stops, in a few words."""
    match circuit.kind:
        case "domain":
            return f"{circuit.channel} to {circuit.name}"
        case "edition":
            return f"{circuit.channel} of digest {circuit.name}"
        case _:
            return circuit.channel


def next_step(circuit: Circuit) -> str:
    """What an operator can do: as the channel read the other side's words, else by what is stopped."""
    if circuit.step:
        return circuit.step
    match circuit.kind:
        case "domain":
            return f"Ask whoever runs mail for {circuit.name}, or see whether these addresses are right."
        case "edition":
            return f"Look at it: paperroute show {circuit.name}"
        case _ if circuit.channel == "mail":
            return "Try it with `paperroute doctor --mail YOU`, and ask whoever runs the relay what its words mean."
        case _:
            return "Look at its lines in `paperroute doctor`."


def report_circuit(circuit: Circuit) -> str:
    """One line for the doctor."""
    waiting = f"{circuit.waiting:,} {'delivery waits' if circuit.waiting == 1 else 'deliveries wait'}"
    return (
        f"{describe_circuit(circuit)}: stopped since {circuit.opened_at:%Y-%m-%d %H:%M} UTC, {waiting}; the "
        f"next try is at {circuit.probe_at:%H:%M} UTC. The answer was: {circuit.detail}"
    )


def summarise_circuits(circuits: Sequence[Circuit]) -> AnyText:
    """All that are open as one line of the status page, with the words and the step of the one that holds most."""
    widest = max(circuits, key=lambda circuit: circuit.waiting)
    return lazy_ngettext(
        "{what}: stopped since {since} UTC, {n} delivery waits. {step} The answer was: {words}",
        "{what}: stopped since {since} UTC, {n} deliveries wait. {step} The answer was: {words}",
        widest.waiting,
        what=_name_circuits([widest, *(circuit for circuit in circuits if circuit is not widest)]),
        since=widest.opened_at.strftime("%Y-%m-%d %H:%M"),
        step=next_step(widest),
        words=widest.detail,
    )


def _name_circuits(circuits: Sequence[Circuit]) -> str:
    more = f" and {len(circuits) - 3} more" if len(circuits) > 3 else ""
    return ", ".join(describe_circuit(circuit) for circuit in circuits[:3]) + more


def write_notice(circuits: Sequence[Circuit]) -> tuple[str, str]:
    """Subject and text of what the operator is told of circuits that opened, or ended."""
    opened = [circuit for circuit in circuits if circuit.closed_at is None]
    lines = [
        f"{report_circuit(circuit)}\nNext step: {next_step(circuit)}"
        if circuit.closed_at is None
        else f"{describe_circuit(circuit)} goes on since {circuit.closed_at:%Y-%m-%d %H:%M} UTC; it had stopped "
        f"{circuit.opened_at:%Y-%m-%d %H:%M} UTC."
        for circuit in circuits
    ]
    return f"Sending {'stopped' if opened else 'goes on'}: {_name_circuits(circuits)}", "\n\n".join(lines)
