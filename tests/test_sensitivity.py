"""Ranks under other choices: what can be told without a draw, and that draws are fair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cetm_geo import tables
from cetm_geo.flags.facts import Fact, Facts, codes_of
from cetm_geo.flags.ranked import Shift, ranks, scaled
from cetm_geo.flags.sensitivity import MOST_DRAWS, of_site, sensitivity, sensitivity_table
from cetm_geo.flags.weighing import weigh
from cetm_geo.model import Cut, Theme

PEOPLE = Cut("people", Theme.PEOPLE, "people", (1, 10, 100, 1000), (2, 3, 4, 5), "steps of ten")
STRESS = Cut("stress", Theme.WATER, "class", (0, 1, 2, 3, 4), (1, 2, 3, 4, 5), "published")
NEAR = Cut("near_km", Theme.PROTECTED_NATURE, "km", (50, 10, 1), (1, 2, 3), "rings", falling=True)
SHARE = Cut("share", Theme.PROTECTED_NATURE, "share", (0, 0.1, 0.5), (2, 4, 5), "steps",
            special={"0": 0})  # fmt: skip
CUTS = (PEOPLE, STRESS, NEAR, SHARE)
NAN = float("nan")


def facts(**of: list[float]) -> Facts:
    """Facts of sites s1, s2 ... by indicator, all known but where nan."""
    count = len(next(iter(of.values())))
    status = {
        name: np.where(np.isnan(values), "layer_missing", "ok") for name, values in of.items()
    }
    return Facts(
        np.array([f"s{i}" for i in range(1, count + 1)], object),
        {
            name: Fact(np.array(values, float), codes_of(status[name].astype(object), count))
            for name, values in of.items()
        },
    )


def many(count: int = 150) -> Facts:
    """Sites of all kinds."""
    random = np.random.default_rng(7)
    return facts(
        people=random.choice([0.0, 5, 90, 110, 950, 2000, NAN], count).tolist(),
        stress=random.integers(0, 5, count).astype(float).tolist(),
        near_km=random.uniform(0, 70, count).tolist(),
        share=random.choice([0.0, 0.0, 0.05, 0.3, 0.9], count).tolist(),
    )


def shifts_of(given: Facts) -> dict[str, Shift]:
    share, km = given["share"].value, given["near_km"].value
    return {
        "share": Shift(share - 0.2, share, np.minimum(share + 0.2, 1.0)),
        "near_km": Shift(km + 3, km, km - 3),
    }


# --- what can be told without a draw -------------------------------------------------------------


def test_equal_scores_share_the_mean_of_their_ranks() -> None:
    assert ranks(np.array([3.0, 5.0, 3.0, 1.0])).tolist() == [2.5, 1.0, 2.5, 4.0]
    assert ranks(np.empty(0)).tolist() == []


def test_of_one_theme_no_choice_of_weights_or_powers_can_swap_two_sites() -> None:
    found = sensitivity(facts(stress=[4.0, 1.0]), [STRESS], draws=200)
    assert found.score.tolist() == [5.0, 2.0]
    assert found.rank.tolist() == found.rank_low.tolist() == found.rank_high.tolist() == [1.0, 2.0]
    assert found.worst_quarter_share.tolist() == [1.0, 0.0]
    assert found.moving_theme == [None, None]


def test_sites_that_are_alike_share_their_rank_in_every_draw() -> None:
    found = sensitivity(facts(people=[50.0, 50.0, 2000.0], stress=[2.0, 2.0, 4.0]), CUTS, draws=50)
    assert found.rank.tolist() == [2.5, 2.5, 1.0]
    assert found.rank_low.tolist() == found.rank_high.tolist() == [2.5, 2.5, 1.0]


def test_where_one_theme_stands_against_another_the_power_and_weights_decide() -> None:
    # 5 and 0 against 4 and 4: the mean prefers the second, a high power the first.
    found = sensitivity(facts(people=[2000.0, 500.0], stress=[NAN, 3.0]), [PEOPLE, STRESS])
    assert found.rank.tolist() == [1.0, 2.0]  # what is not known is left out
    torn = sensitivity(facts(people=[2000.0, 500.0], stress=[0.0, 3.0]), [PEOPLE, STRESS])
    assert torn.rank_low.tolist() == [1.0, 1.0]
    assert torn.rank_high.tolist() == [2.0, 2.0]
    assert torn.worst_quarter_share.sum() == pytest.approx(1.0)
    assert 0 < torn.worst_quarter_share[0] < 1


def test_a_site_of_which_nothing_is_known_has_no_rank_and_takes_none() -> None:
    found = sensitivity(facts(people=[NAN, 5.0], stress=[NAN, 1.0]), CUTS, draws=20)
    assert np.isnan([found.score[0], found.rank[0], found.worst_quarter_share[0]]).all()
    assert (found.rank[1], found.rank_high[1], found.worst_quarter_share[1]) == (1.0, 1.0, 1.0)
    frame = sensitivity_table(found, np.array(["s1", "s2"], object))
    tables.validate(frame, tables.SENSITIVITY)


def test_the_theme_that_stands_at_a_cut_point_moves_a_rank_most() -> None:
    given = facts(people=[110.0, 50.0, 50.0, 1.0], stress=[2.0, 2.0, 3.0, 0.0])
    found = sensitivity(given, [PEOPLE, STRESS], draws=20)
    assert found.moving_theme[0] == "people"  # 110 people are fewer than 1.2 x 100
    assert found.moving_theme[3] is None


def test_cut_points_stay_in_order_and_steps_of_a_scale_or_counts_stay_whole() -> None:
    assert scaled(STRESS, np.full((1, 5), 1.2)).tolist() == [[0, 1, 2, 3, 4]]
    people = scaled(PEOPLE, np.array([[1.2, 0.8, 1, 1], [1, 1, 1, 1.2]]))
    assert people.tolist() == [[1.2, 8, 100, 1000], [1, 10, 100, 1200]]
    close = Cut("x", Theme.PEOPLE, "km", (10, 9), (1, 2), "near each other", falling=True)
    assert scaled(close, np.array([[0.8, 1.2]]))[0] == pytest.approx([10.8, 8.0])
    count = Cut("x", Theme.PEOPLE, "settlements", (1, 3), (4, 5), "whole")
    assert scaled(count, np.array([[1.2, 1.2]])).tolist() == [[1.0, 4.0]]


def test_an_outline_within_its_error_moves_a_site_over_a_cut_point_in_its_share_of_draws() -> None:
    given = facts(share=[0.2, 0.3])
    level = Cut(
        "share", Theme.PROTECTED_NATURE, "share", (0, 0.25), (2, 4), "one", special={"0": 0}
    )
    first = Shift(np.array([0.2, NAN]), np.array([0.2, NAN]), np.array([0.5, NAN]))
    found = sensitivity(given, [level], {"share": first})
    # The second is at or above the cut unless that is drawn above 0.3, which it cannot be.
    assert found.rank.tolist() == [2.0, 1.0]
    assert (found.rank_low[0], found.rank_high[0]) == (1.5, 2.0)


def test_ranks_are_those_of_the_score_that_is_given() -> None:
    given = many()
    found = sensitivity(given, CUTS, draws=1)
    np.testing.assert_array_equal(found.score, weigh(given, CUTS).score)
    np.testing.assert_array_equal(found.rank, ranks(np.round(found.score, 9)))


# --- draws ---------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_ranks_and_another_does_not() -> None:
    given = many()
    one, same, other = (
        sensitivity(given, CUTS, shifts_of(given), draws=60, seed=seed) for seed in (1, 1, 2)
    )
    for name in ("rank", "rank_low", "rank_high", "worst_quarter_share", "moving"):
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
    assert (one.rank == other.rank).all()
    assert (one.worst_quarter_share != other.worst_quarter_share).any()


def test_the_order_of_the_sites_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given = many()
    order = np.random.default_rng(3).permutation(len(given))
    moved = shifts_of(given)
    whole = sensitivity_table(sensitivity(given, CUTS, moved, draws=60), given.site_ids)
    turned = given.take(order)
    mixed = sensitivity_table(
        sensitivity(turned, CUTS, {k: s.take(order) for k, s in moved.items()}, draws=60),
        turned.site_ids,
    )
    pd.testing.assert_frame_equal(
        mixed.set_index("site_id").loc[whole["site_id"]].reset_index(), whole,
        check_categorical=False,
    )  # fmt: skip


def test_ranks_of_many_sites_are_told_to_a_half_per_cent_of_them() -> None:
    given = many(1500)
    found = sensitivity(given, CUTS, draws=40)
    whole = sensitivity(given, [STRESS], draws=5)  # of one theme every draw gives the same ranks
    assert np.abs(whole.rank_low - whole.rank).max() <= 0.005 * 1500
    np.testing.assert_array_equal(whole.rank_low, whole.rank_high)
    assert (found.rank_low <= found.rank_high).all()
    assert found.rank_low.min() >= 1
    assert found.rank_high.max() <= 1500
    assert found.worst_quarter_share.mean() == pytest.approx(0.25, abs=0.05)


def test_one_site_is_ranked_among_all_others_of_the_store() -> None:
    given = many()
    whole = sensitivity(given, CUTS, draws=100)
    for row in (0, 17):
        own = of_site(given.take(np.array([row])), given, CUTS, draws=100)
        assert own["site_id"] == given.site_ids[row]
        assert own["sites_count"] == 150
        assert own["rank"] == whole.rank[row]
        assert (own["rank_low"], own["rank_high"]) == (whole.rank_low[row], whole.rank_high[row])
    drawn = Facts(np.array(["drawn"], object), given.take(np.array([0])).of)
    assert of_site(drawn, given, CUTS, draws=10)["sites_count"] == 151


def test_among_very_many_a_sample_stands_for_the_others() -> None:
    given: Any = many(5000)
    whole = sensitivity(given, CUTS, draws=20)
    own = of_site(given.take(np.array([8])), given, CUTS, draws=20)
    assert own["sites_count"] == 5000
    assert own["rank"] == pytest.approx(whole.rank[8], abs=150)


def test_no_draws_and_too_many_are_refused() -> None:
    for draws in (0, MOST_DRAWS + 1):
        with pytest.raises(ValueError, match="draws"):
            sensitivity(facts(stress=[1.0]), [STRESS], draws=draws)
