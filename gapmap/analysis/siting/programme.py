"""Linear programmes with yes-or-no variables, put together block by block and given to HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import csc_array

from gapmap.analysis.siting.values import Ended

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gapmap.analysis.siting.watch import Watch

__all__ = ["Programme", "Solution"]

_INFINITE: Final = float("inf")
_SEED: Final = 20


@dataclass(frozen=True, eq=False)
class Solution:
    """What HiGHS found.

    Parameters
    ----------
    values
        One a variable; None where nothing was found.
    objective, bound
        Of the least (or most) that was asked for; infinite where not known.
    ended
        ``PROVEN`` only where HiGHS closed the gap.
    is_infeasible
        Whether there is no choice at all within the limits.
    """

    values: NDArray[np.float64] | None
    objective: float
    bound: float
    ended: Ended
    is_infeasible: bool = False


class Programme:
    """A linear programme in the making: least cost subject to rows of sums."""

    def __init__(self) -> None:
        self._cost: list[NDArray[np.float64]] = []
        self._lower: list[NDArray[np.float64]] = []
        self._upper: list[NDArray[np.float64]] = []
        self._is_whole: list[NDArray[np.bool_]] = []
        self._row_lower: list[NDArray[np.float64]] = []
        self._row_upper: list[NDArray[np.float64]] = []
        self._entries: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = []
        self._columns = 0
        self._rows = 0

    def variables(
        self,
        count: int,
        *,
        cost: ArrayLike = 0.0,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = 1.0,
        whole: bool = False,
    ) -> NDArray[np.int64]:
        """Add variables and return their numbers."""
        for values, given in ((self._cost, cost), (self._lower, lower), (self._upper, upper)):
            values.append(np.broadcast_to(np.asarray(given, dtype=np.float64), count))
        self._is_whole.append(np.full(count, whole))
        numbers = np.arange(self._columns, self._columns + count)
        self._columns += count
        return numbers

    def rows(
        self, count: int, *, lower: ArrayLike = -_INFINITE, upper: ArrayLike = _INFINITE
    ) -> NDArray[np.int64]:
        """Add rows between two limits and return their numbers."""
        for values, given in ((self._row_lower, lower), (self._row_upper, upper)):
            values.append(np.broadcast_to(np.asarray(given, dtype=np.float64), count))
        numbers = np.arange(self._rows, self._rows + count)
        self._rows += count
        return numbers

    def add(self, row: ArrayLike, variable: ArrayLike, value: ArrayLike) -> None:
        """Add entries; of ``row`` and ``value`` one may stand for many."""
        number = np.atleast_1d(np.asarray(variable, dtype=np.int64))
        self._entries.append(
            (
                np.broadcast_to(np.asarray(row, dtype=np.int64), number.shape),
                number,
                np.broadcast_to(np.asarray(value, dtype=np.float64), number.shape),
            )
        )

    def least(
        self,
        watch: Watch,
        *,
        start: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None,
        step: float = 0.0,
        stop_at: float | None = None,
        what: str = "Proving",
        shown: float = 1.0,
    ) -> Solution:
        """Find the least cost.

        Parameters
        ----------
        watch
            Its deadline and whom to tell.
        start
            Variables and values of a solution, or the yes-or-no part of one.
        step
            Two different costs differ by so much at least: nearer than that is proven.
        stop_at
            A cost that is good enough.
        what
            The step's name for those who watch.
        shown
            Factor from cost to the objective that is told: -1 where the most is asked for.
        """
        import highspy

        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("random_seed", _SEED)
        solver.setOptionValue("time_limit", max(watch.left_s, 0.01))
        solver.setOptionValue("mip_rel_gap", 1e-9)
        solver.setOptionValue("mip_abs_gap", max(0.999 * step, 1e-7))
        if stop_at is not None:
            solver.setOptionValue("objective_target", stop_at)
        solver.passModel(self._model())
        if start is not None:
            number, value = start
            solver.setSolution(len(number), number.astype(np.int32), value)
        was_cancelled = _listen(solver, watch, what, shown)
        solver.run()
        return _solution(solver, bool(was_cancelled))

    def _model(self) -> Any:
        import highspy

        def joined(parts: list[NDArray[Any]]) -> NDArray[np.float64]:
            return np.concatenate([*parts, np.empty(0)]).astype(np.float64)

        row, column, value = (
            np.concatenate([entry[part] for entry in self._entries] or [np.empty(0)])
            for part in range(3)
        )
        matrix = csc_array(
            (value, (row.astype(np.int64), column.astype(np.int64))),
            shape=(self._rows, self._columns),
        )
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self._columns, self._rows
        model.col_cost_ = joined(self._cost)
        model.col_lower_, model.col_upper_ = joined(self._lower), joined(self._upper)
        model.row_lower_, model.row_upper_ = joined(self._row_lower), joined(self._row_upper)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = matrix.indptr
        model.a_matrix_.index_ = matrix.indices
        model.a_matrix_.value_ = matrix.data
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        is_whole = np.concatenate([*self._is_whole, np.empty(0, dtype=bool)])
        model.integrality_ = [kinds[whole] for whole in is_whole.tolist()]
        return model


def _listen(solver: Any, watch: Watch, what: str, shown: float) -> list[bool]:
    # Not a call into Python without need: HiGHS asks thousands of times a second.
    was_cancelled: list[bool] = []
    if not watch.is_listened_to:
        return was_cancelled
    told = [0.0]

    def ask(event: Any) -> None:
        now = watch.seconds
        if now - told[0] < 0.1:
            return
        told[0] = now
        if watch.is_cancelled():
            was_cancelled.append(True)
            event.interrupt()

    def ask_and_tell(event: Any) -> None:
        before = told[0]
        ask(event)
        if told[0] != before:
            found = event.data_out
            best, bound = float(found.mip_primal_bound), float(found.mip_dual_bound)
            watch.say(
                what,
                shown * best if np.isfinite(best) else float("nan"),
                shown * bound if np.isfinite(bound) else float("nan"),
            )

    solver.cbMipInterrupt += ask_and_tell
    solver.cbSimplexInterrupt += ask
    solver.cbIpmInterrupt += ask
    return was_cancelled


def _solution(solver: Any, was_cancelled: bool) -> Solution:
    import highspy

    status, found = solver.getModelStatus(), solver.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Solution(None, _INFINITE, _INFINITE, Ended.PROVEN, is_infeasible=True)
    is_optimal = status == highspy.HighsModelStatus.kOptimal
    has_values = found.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    objective = float(found.objective_function_value) if has_values else _INFINITE
    bound = float(found.mip_dual_bound)
    if not np.isfinite(bound):
        bound = objective if is_optimal else -_INFINITE
    ended = Ended.PROVEN if is_optimal else Ended.OUT_OF_TIME
    return Solution(
        values=np.asarray(solver.getSolution().col_value) if has_values else None,
        objective=objective,
        bound=bound,
        ended=Ended.CANCELLED if was_cancelled else ended,
    )
