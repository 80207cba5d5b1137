"""Candidates that take turns; a clock of ours, for nothing here may depend on time."""

from collections.abc import Callable

from dualad.cli.bench.timing import alternate, wall_clock


def test_candidates_take_turns_and_the_first_round_is_not_counted() -> None:
    order, ticks = [], iter([100.0, 200.0, 1.0, 5.0, 3.0, 6.0, 2.0, 9.0])
    done = []

    def clock(run: Callable[[], object], calls: int) -> float:
        run()
        assert calls == 7
        return next(ticks)

    times = alternate(
        {"a": lambda: order.append("a"), "b": lambda: order.append("b")},
        rounds=3,
        calls=7,
        clock=clock,
        turn_done=lambda: done.append(1),
    )
    assert order == ["a", "b"] * 4
    assert times == {"a": 2.0, "b": 6.0}
    assert len(done) == 8


def test_the_wall_clock_calls_as_often_as_it_is_told() -> None:
    called: list[int] = []
    assert wall_clock(lambda: called.append(1), 5) >= 0.0
    assert len(called) == 5
