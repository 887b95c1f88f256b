"""Where to open next: from a study and a request to suggestions that explain themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

from gapmap.analysis.siting.covers import CoverTask
from gapmap.analysis.siting.demand import demand_of
from gapmap.analysis.siting.explain import adding_order, curve_of, suggestions_of
from gapmap.analysis.siting.greedy import greedy_choice
from gapmap.analysis.siting.ground import Layout, StandingSites, ways_among
from gapmap.analysis.siting.hosts import UNLAWFUL, hosts_of
from gapmap.analysis.siting.search import Found, Question, find, served_by
from gapmap.analysis.siting.values import DemandKind, Ended, SitingModel, SitingResult

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from gapmap.analysis.lawful import Standing
    from gapmap.analysis.need import Ground
    from gapmap.analysis.siting.values import SitingRequest
    from gapmap.analysis.siting.watch import Watch
    from gapmap.model import Study

__all__ = ["propose"]

_BEYOND: Final = 5
"""Sites after those suggested that the curve goes on for."""
_COVERING: Final = (SitingModel.MCLP, SitingModel.BACKUP)


def propose(
    study: Study,
    request: SitingRequest,
    ground: Ground,
    lawful: Standing | None,
    watch: Watch,
) -> SitingResult:
    """Suggest where to open next.

    Parameters
    ----------
    study
        The study.
    request
        The question.
    ground
        The need side of the same study.
    lawful
        The study judged by the rules of eligibility, or None.
    watch
        Its deadline and whom to tell.

    Raises
    ------
    RequestError
        If the question cannot be answered as asked.
    UnknownNameError
        If it names something that the study does not have.
    """
    watch.say("Laying out need and candidates")
    demand = demand_of(study, request, ground)
    every_host = hosts_of(study, request, demand, lawful)
    may_be = (every_host["left_out_because"] == "").to_numpy()
    standing = StandingSites.of(study, request)
    hosts = every_host[may_be].reset_index(drop=True)
    layout = Layout(study, request, demand, hosts, standing)
    question = Question(request, demand, hosts, standing, layout)
    found = find(question, watch)
    spare = np.empty(0, dtype=np.int64)
    if request.model in _COVERING and request.capacity is None:
        spare = _spare(question, found.chosen)
    order = adding_order(question, np.setdiff1d(found.chosen, spare))
    curve = curve_of(question, order, _beyond(question, order))
    need_in_reach = curve[len(order)].need_in_reach
    if request.capacity is not None:
        need_in_reach = served_by(question, order, watch)
    ids = hosts["candidate_id"].tolist()
    ordered = tuple(str(ids[host]) for host in order)
    levels = layout.standing_levels + np.diff(layout.by_host.indptr)
    mean_m, farthest_m = ways_among(request, demand, layout, order)
    left_out = every_host.loc[~may_be, "left_out_because"].value_counts()
    return SitingResult(
        request=request,
        data_version=study.data_version,
        measure=study.measures[request.scenario.measure],
        unit=demand.unit,
        objective=found.choice.objective,
        bound=found.choice.bound,
        ended=found.choice.ended,
        chosen=tuple(sorted(ordered)),
        order=ordered,
        need_in_reach=need_in_reach,
        need_before=curve[0].need_in_reach,
        need_total=float(demand.need.sum()),
        need_unreachable=float(demand.need[levels == 0].sum()),
        mean_m=mean_m,
        farthest_m=farthest_m,
        suggestions=suggestions_of(study, question, order, lawful),
        curve=curve,
        candidates=every_host.drop(columns=["cost", "capacity"]),
        candidates_left_out={str(why): int(n) for why, n in left_out.items()},
        facts={**found.choice.facts, "demand_rows": len(demand), "hosts": len(every_host)},
        seconds=watch.seconds,
        notes=_notes(study, question, found, every_host, order, lawful),
    )


def _spare(question: Question, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    # Hosts that the model was free to choose and that change nothing: not worth opening.
    task_worth = question.demand.worth * question.layout.open_share
    if question.request.model is SitingModel.BACKUP:
        task_worth = question.demand.worth
    enough = 2 if question.request.model is SitingModel.BACKUP else 1
    levels = question.layout.standing_levels + question.layout.levels_of(chosen)
    if question.demand.kind is DemandKind.MEAL_DAYS:
        levels = question.layout.levels_of(chosen)
    by_host = question.layout.by_column
    spare = []
    for host in np.setdiff1d(chosen, question.forced)[::-1].tolist():
        rows = by_host.indices[slice(*by_host.indptr[host : host + 2])]
        needed = (levels[rows] <= enough) & (task_worth[rows] > 0)
        if not needed.any():
            spare.append(host)
            levels[rows] -= 1
    return np.array(spare, dtype=np.int64)


def _beyond(question: Question, order: NDArray[np.int64]) -> NDArray[np.int64]:
    # The next sites by what they would add, to see where adding stops paying.
    layout, demand = question.layout, question.demand
    rest = np.setdiff1d(np.arange(len(question.hosts)), order)
    if not len(rest):
        return rest
    open_need = np.where(layout.levels_of(order) > 0, 0.0, demand.need * layout.open_share)
    task = CoverTask(
        cover=csr_array(layout.by_host[:, rest]),
        first=open_need,
        second=np.zeros(len(demand)),
        cost=np.ones(len(rest)),
        count=_BEYOND,
    )
    return rest[greedy_choice(task)]


def _notes(
    study: Study,
    question: Question,
    found: Found,
    every_host: pd.DataFrame,
    order: NDArray[np.int64],
    lawful: Standing | None,
) -> tuple[str, ...]:
    request, words, unit = question.request, study.words, question.demand.unit
    notes = [*question.demand.notes, *question.standing.notes]
    reach = request.scenario.reach
    if study.distances is not None:
        notes.append("Ways are those of the study's own distance table.")
    else:
        notes.append("Straight lines overstate reach: streets, rivers and motorways are not seen.")
    levels = question.layout.standing_levels + np.diff(question.layout.by_host.indptr)
    lost = float(question.demand.need[levels == 0].sum())
    if lost > 0:
        notes.append(
            f"{lost:,.0f} {unit} are farther than {reach} from every candidate and every "
            f"{words.site} that counts: no choice reaches them."
        )
    if not every_host["is_host_known"].any():
        notes.append(
            "The study has no candidates: suggestions are need-weighted places, where a host "
            "should be looked for."
        )
    if lawful is not None and lawful.can_answer:
        notes += _notes_on_law(request, every_host, lawful, words.site)
    is_short = request.count is not None and len(order) < request.count
    if is_short and request.model is not SitingModel.LSCP:
        notes.append(
            f"{len(order)} of the {request.count} asked for: no further candidate would change "
            "anything within the limits."
        )
    if request.capacity is not None:
        unknown = int(np.isnan(question.standing.capacity).sum())
        notes.append(
            f"In reach means served: nobody is counted beyond a {words.site}'s capacity. "
            f"{unknown:,} {words.sites} of unknown capacity are taken to have room for everybody."
        )
    ended = found.choice.ended
    if ended is Ended.OUT_OF_TIME:
        notes.append("The time was up: the best found, and what may be missing, are shown.")
    elif ended is Ended.CANCELLED:
        notes.append("Cancelled: the best found so far, and what may be missing, are shown.")
    return tuple(notes)


def _notes_on_law(
    request: SitingRequest, every_host: pd.DataFrame, lawful: Standing, site: str
) -> list[str]:
    out = int((every_host["left_out_because"] == UNLAWFUL).sum())
    unknown = int(every_host["is_lawful"].isna().sum())
    proxy = " By a proxy, not a determination." if lawful.is_proxy else ""
    if request.lawful_only is False:
        no = int((every_host["is_lawful"] == 0).sum())
        return [f"The rules were not applied: an open {site} is unlawful at {no:,} candidates."]
    return [
        f"{out:,} of {len(every_host):,} candidates fell out because an open {site} would not be "
        f"lawful there; of {unknown:,} it is not known, and they stay.{proxy}"
    ]
